package org.tiezheng.archive.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.asm.ClassReader;
import org.springframework.asm.ClassVisitor;
import org.springframework.asm.FieldVisitor;
import org.springframework.asm.Handle;
import org.springframework.asm.MethodVisitor;
import org.springframework.asm.Opcodes;
import org.springframework.core.io.ClassPathResource;
import org.tiezheng.archive.web.Bundles;

/**
 * Every code of an action that the server can write has words. The codes are read out of the compiled classes: every constant that
 * has the form of a code, unless it is known to be something else.
 *
 * <p>A test here that fails after something was added: give the action a text in {@code messages/audit_zh_CN.properties} and
 * {@code audit_en.properties}, or name the constant in {@link #NO_ACTIONS}.
 */
class AuditWordsTest {
    private static final Pattern CODE = Pattern.compile("[a-z][a-z0-9-]*(\\.[a-z0-9-]+)+");
    /** So end names of files, and no action does. */
    private static final Pattern FILE =
            Pattern.compile(".*\\.(asice|csv|html|json|jsonl|ndjson|pdf|pem|png|txt|xml|xsd|yaml|zip)");
    /** A code whose end is put together at run time: javac's recipe, {@code \1} for the argument. */
    private static final Pattern PART = Pattern.compile("[a-z][a-z0-9-]*(\\.[a-z0-9-]+)*\\.\u0001");

    /** Constants of the form of a code that are none. */
    private static final Set<String> NO_ACTIONS = Set.of(
            // names of settings and figures
            "server.address",
            "server.ssl.bundle",
            "server.ssl.certificate",
            "server.ssl.key-store",
            "tiezheng.audit.rows",
            "tiezheng.health",
            // what a token may do
            "evidence.read",
            "evidence.write",
            // of faults in a field
            "filing.code",
            "filing.code-name",
            "filing.fonds-no");

    /** What the codes put together become. */
    private static final Map<String, List<String>> PARTS = Map.of(
            "disposal.", List.of("disposal.cancel", "disposal.refuse"),
            "evidence.", List.of("evidence.copy-bad", "evidence.copy-good-again", "evidence.copy-repaired"),
            "filing.", List.of("filing.check", "filing.export", "filing.file", "filing.import"),
            "log.", List.of("log.key", "log.tsa"),
            "object.", List.of("object.copy-bad", "object.copy-good-again", "object.copy-repaired"));

    /** Keys of texts put together, which no action is. */
    private static final Set<String> NO_PARTS = Set.of("filing.pattern.", "report.finding.", "unavailable.", "worm.");

    private static final Set<String> messageKeys = new HashSet<>();
    private static final Properties chinese = new Properties();
    private static final Properties english = new Properties();
    /** Code to the classes it stands in. */
    private static final Map<String, Set<String>> written = new TreeMap<>();

    private static final Map<String, Set<String>> partly = new TreeMap<>();

    @BeforeAll
    static void readClassesAndBundles() throws IOException, URISyntaxException {
        load(chinese, "audit_zh_CN");
        load(english, "audit_en");
        for (String area : Bundles.areas()) {
            Properties some = new Properties();
            load(some, area + "_en");
            messageKeys.addAll(some.stringPropertyNames());
        }
        Path classes = Path.of(AuditLog.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        try (Stream<Path> files = Files.walk(classes.resolve("org/tiezheng/archive"))) {
            // The words of the command line have a bundle of their own.
            for (Path file : files.filter(f ->
                            f.toString().endsWith(".class") && !f.toString().contains("/command/"))
                    .toList()) {
                read(file);
            }
        }
        assertThat(written).containsKeys("evidence.archived", "hold.place", "report.made");
    }

    @Test
    void everyActionHasWordsInBothLanguages() {
        Map<String, Set<String>> missing = new TreeMap<>(written);
        missing.keySet().removeAll(NO_ACTIONS);
        missing.keySet().removeIf(code -> chinese.containsKey("audit.action." + code));
        assertThat(missing).as("codes without audit.action.CODE").isEmpty();
        assertThat(new TreeSet<>(english.stringPropertyNames()))
                .isEqualTo(new TreeSet<>(chinese.stringPropertyNames()));
    }

    @Test
    void everyActionPutTogetherIsKnown() {
        Set<String> unknown = new TreeSet<>(partly.keySet());
        unknown.removeAll(NO_PARTS);
        unknown.removeAll(PARTS.keySet());
        assertThat(unknown).as(partly.toString()).isEmpty();
        PARTS.forEach((prefix, codes) -> assertThat(codes)
                .as(prefix)
                .allMatch(code -> code.startsWith(prefix) && chinese.containsKey("audit.action." + code)));
    }

    @Test
    void noWordsAreLeftOfAnActionThatIsGone() {
        Set<String> known = new TreeSet<>(written.keySet());
        PARTS.values().forEach(known::addAll);
        Set<String> words = new TreeSet<>();
        chinese.stringPropertyNames().stream()
                .filter(key -> key.startsWith("audit.action."))
                .forEach(key -> words.add(key.substring("audit.action.".length())));
        words.removeAll(known);
        assertThat(words).isEmpty();
    }

    private static void read(Path file) throws IOException {
        String name = file.getFileName().toString().replace(".class", "");
        Set<String> constants = new TreeSet<>();
        Set<String> recipes = new TreeSet<>();
        boolean[] writes = {false};
        ClassReader reader;
        try (InputStream in = Files.newInputStream(file)) {
            reader = new ClassReader(in);
        }
        reader.accept(
                new ClassVisitor(Opcodes.ASM9) {
                    @Override
                    public @Nullable FieldVisitor visitField(
                            int access, String field, String type, String signature, Object value) {
                        take(value);
                        return null;
                    }

                    private void take(@Nullable Object value) {
                        if (value instanceof String text
                                && CODE.matcher(text).matches()
                                && !FILE.matcher(text).matches()) {
                            constants.add(text);
                        } else if (value instanceof String text
                                && PART.matcher(text).matches()) {
                            recipes.add(text.substring(0, text.length() - 1));
                        }
                    }

                    @Override
                    public MethodVisitor visitMethod(
                            int access, String method, String descriptor, String signature, String[] exceptions) {
                        return new MethodVisitor(Opcodes.ASM9) {
                            @Override
                            public void visitLdcInsn(Object value) {
                                take(value);
                            }

                            @Override
                            public void visitMethodInsn(int op, String owner, String called, String type, boolean in) {
                                writes[0] |= owner.startsWith("org/tiezheng/archive/audit/AuditEvent")
                                        || owner.equals("org/tiezheng/archive/audit/AuditLog");
                            }

                            @Override
                            public void visitInvokeDynamicInsn(
                                    String called, String type, Handle bootstrap, Object... arguments) {
                                for (Object argument : arguments) {
                                    take(argument);
                                    writes[0] |= argument instanceof Handle handle
                                            && handle.getOwner().startsWith("org/tiezheng/archive/audit/AuditEvent");
                                }
                            }
                        };
                    }
                },
                ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
        for (String constant : constants) {
            boolean words = messageKeys.contains(constant) || messageKeys.contains("problem." + constant);
            if (writes[0] ? !messageKeys.contains("problem." + constant) : family(constant) && !words) {
                written.computeIfAbsent(constant, c -> new TreeSet<>()).add(name);
            }
        }
        for (String recipe : recipes) {
            if (writes[0]) {
                partly.computeIfAbsent(recipe, c -> new TreeSet<>()).add(name);
            }
        }
    }

    /** Whether there are actions that begin so: a class may leave the writing to another. */
    private static boolean family(String code) {
        String family = "audit.action." + code.substring(0, code.indexOf('.') + 1);
        return chinese.stringPropertyNames().stream().anyMatch(key -> key.startsWith(family));
    }

    private static void load(Properties into, String bundle) throws IOException {
        try (Reader in = new InputStreamReader(
                new ClassPathResource("messages/" + bundle + ".properties").getInputStream(), StandardCharsets.UTF_8)) {
            into.load(in);
        }
    }
}
