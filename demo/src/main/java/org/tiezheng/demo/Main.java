package org.tiezheng.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tiezheng.demo.Origin.Listener;

/**
 * Runs the demo shop over HTTPS (HTTP/2) until stopped: {@code --ready-file FILE} gets {@code url=} and {@code
 * spki=} lines once it answers; {@code --port N} fixes the port; {@code --pages} adds the page set of the tests.
 */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path ready = null;
        int port = 0;
        Site site = new DemoShop();
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--ready-file" -> ready = Path.of(arguments[++i]);
                case "--port" -> port = Integer.parseInt(arguments[++i]);
                case "--pages" -> site = site.or(new PageSet());
                default -> {
                    System.err.println("usage: [--ready-file FILE] [--port N] [--pages]; unknown: " + arguments[i]);
                    System.exit(3);
                }
            }
        }
        Map<Listener, Integer> ports = new LinkedHashMap<>();
        ports.put(Listener.HTTPS_H2, port);
        try (Origin origin = Origin.start(site, ports)) {
            String properties =
                    "url=" + origin.url(Listener.HTTPS_H2) + "/\nspki=" + String.join(",", origin.spkiPins()) + "\n";
            System.out.print(properties);
            if (ready != null) {
                // Moved into place, so that whoever waits for the file never reads half of it.
                Path partial = ready.resolveSibling(ready.getFileName() + ".partial");
                Files.writeString(partial, properties);
                Files.move(partial, ready, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            }
            origin.join();
        }
    }
}
