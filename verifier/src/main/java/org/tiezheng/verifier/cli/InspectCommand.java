package org.tiezheng.verifier.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.asic.AsicNames.Kind;
import org.tiezheng.evidence.time.MalformedTokenException;
import org.tiezheng.evidence.time.TimestampToken;
import org.tiezheng.evidence.zip.CanonicalZipReader;
import org.tiezheng.evidence.zip.Member;
import org.tiezheng.evidence.zip.ZipLimits;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code inspect FILE}: members, sizes, SHA-256, tokens; nothing is checked. */
@Command(name = "inspect", description = "${bundle:help.inspect}")
final class InspectCommand implements Callable<Integer> {
    private static final int BUFFER_BYTES = 1 << 20;
    private static final int MAX_TOKEN_BYTES = 1 << 20;

    @Parameters(paramLabel = "FILE", description = "${bundle:help.inspect.file}")
    private Path file = Path.of("");

    private final Terminal terminal;

    InspectCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        String problem = InputFile.problem(file, terminal.messages());
        if (problem == null) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                CanonicalZipReader zip = CanonicalZipReader.read(channel);
                print(zip);
                return zip.members().isEmpty() ? Terminal.ERROR : Terminal.VALID;
            } catch (IOException e) {
                problem = InputFile.problem(file, e, terminal.messages());
            }
        }
        terminal.err().println(problem);
        return Terminal.ERROR;
    }

    private void print(CanonicalZipReader zip) throws IOException {
        PrintWriter out = terminal.out();
        Messages messages = terminal.messages();
        out.println(messages.get("inspect.outer", Printable.of(file.toString()), zip.sizeBytes()));
        members(zip);
        Optional<Member> wacz = zip.member(AsicNames.WACZ);
        if (wacz.isPresent()) {
            out.println();
            out.println(messages.get("inspect.inner"));
            members(zip.nested(wacz.get(), ZipLimits.DEFAULT));
        }
        out.println();
        out.println(messages.get("inspect.tokens"));
        for (Member member : zip.members()) {
            if (Kind.of(member.name()).filter(k -> k == Kind.TIMESTAMP).isPresent()) {
                out.println(token(zip, member));
            }
        }
        out.println();
        out.println(messages.get("inspect.note"));
    }

    private void members(CanonicalZipReader zip) throws IOException {
        terminal.out().println("  " + terminal.messages().get("inspect.columns"));
        byte[] buffer = new byte[BUFFER_BYTES];
        for (Member member : zip.members()) {
            MessageDigest digest = Digest.Algorithm.SHA256.start();
            try (InputStream in = zip.open(member)) {
                for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                    digest.update(buffer, 0, count);
                }
            }
            Digest sha256 = Digest.ofBytes(Digest.Algorithm.SHA256, digest.digest());
            terminal.out()
                    .println("  " + member.sizeBytes() + "  " + sha256.hex() + "  " + Printable.of(member.name()));
        }
        zip.findings().forEach(f -> terminal.out().println("  " + TextReport.oneLine(f)));
    }

    private String token(CanonicalZipReader zip, Member member) throws IOException {
        Messages messages = terminal.messages();
        String name = Printable.of(member.name());
        try {
            byte[] der = zip.readSmall(member, MAX_TOKEN_BYTES).orElse(new byte[0]);
            TimestampToken token = TimestampToken.parse(der);
            return messages.get(
                    "inspect.token",
                    name,
                    Times.beijing(token.genTime()),
                    Times.utc(token.genTime()),
                    Printable.of(token.authority()));
        } catch (MalformedTokenException e) {
            return "  " + name + "  " + messages.get("inspect.unparsed", Printable.of(String.valueOf(e.getMessage())));
        }
    }
}
