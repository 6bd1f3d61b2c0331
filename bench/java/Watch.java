import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs a command and looks at its memory in /proc meanwhile. Prints one line: exit code, wall milliseconds, peak resident
 * set of the process itself (VmHWM, kB), peak sum of the proportional set sizes of its descendants (Pss, kB: the browser
 * tree), tab-separated. Output of the command goes to the file named first, its errors to {@code FILE.err}.
 */
public final class Watch {
    private static final long EVERY_MILLIS = 100;

    private Watch() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path out = Path.of(arguments[0]);
        List<String> command = List.of(arguments).subList(1, arguments.length);
        long start = System.nanoTime();
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(Path.of(out + ".err").toFile())
                .start();
        long own = 0;
        long tree = 0;
        while (!process.waitFor(EVERY_MILLIS, TimeUnit.MILLISECONDS)) {
            own = Math.max(own, field("/proc/" + process.pid() + "/status", "VmHWM:"));
            tree = Math.max(
                    tree,
                    process.descendants()
                            .mapToLong(each -> field("/proc/" + each.pid() + "/smaps_rollup", "Pss:"))
                            .sum());
        }
        System.out.println(
                process.exitValue() + "\t" + (System.nanoTime() - start) / 1_000_000 + "\t" + own + "\t" + tree);
    }

    /** Value in kB; 0 if the process is gone or not ours to look at. */
    private static long field(String file, String name) {
        try {
            for (String line : Files.readAllLines(Path.of(file))) {
                if (line.startsWith(name)) {
                    return Long.parseLong(line.replaceAll("[^0-9]", ""));
                }
            }
        } catch (IOException e) {
            // gone
        }
        return 0;
    }
}
