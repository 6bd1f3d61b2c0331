package org.tiezheng.verifier;

import java.io.InputStream;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;
import org.tiezheng.verifier.StrictJson.BadJsonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * What the verifier needs of {@code evidence/capture.json}. Source: docs/capture.schema.json.
 *
 * <p>Checked are the format word, the presence of every top-level key, and the values below; not the
 * whole schema, which changes more often than the format.
 *
 * @param problem why the file does not follow its schema; null if nothing was found
 */
record CaptureJson(
        @Nullable String id,
        @Nullable String targetUrl,
        @Nullable String completeness,
        List<String> completenessReasons,
        @Nullable NotBefore notBefore,
        @Nullable String problem) {

    static final String FORMAT = "tiezheng-capture/1";
    static final List<String> REQUIRED = List.of(
            "format",
            "id",
            "request",
            "target",
            "steps",
            "environment",
            "clock",
            "network",
            "tls",
            "timeBracket",
            "completeness",
            "artefacts",
            "incidents",
            "tool");
    private static final int MAX_REASONS = 50;
    private static final int MAX_TOKEN_BYTES = 1 << 18;
    private static final Pattern ID = Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
    private static final Pattern REASON = Pattern.compile("[A-Z][A-Z0-9_]{0,63}");
    private static final Set<String> VERDICTS =
            Set.of("COMPLETE", "PARTIAL", "BLOCKED", "LOGIN_REQUIRED", "EMPTY", "FAILED");

    /**
     * The lower end of the time bracket.
     *
     * @param imprint SHA-256 of the nonce, which the token must be over
     * @param token DER
     * @param genTime as the file says; the token must say the same
     */
    record NotBefore(Digest imprint, byte[] token, Instant genTime) {
        NotBefore {
            token = token.clone();
        }

        @Override
        public byte[] token() {
            return token.clone();
        }
    }

    /** Never throws for what the text is; {@link #problem} says it. */
    static CaptureJson read(InputStream in) {
        Reader reader = new Reader();
        try {
            StrictJson.object(in, reader::topLevel);
            reader.finish();
        } catch (BadJsonException e) {
            reader.problem = e.getMessage();
        }
        return new CaptureJson(
                reader.id,
                reader.targetUrl,
                reader.completeness,
                List.copyOf(reader.reasons),
                reader.notBefore,
                reader.problem);
    }

    private static final class Reader {
        private final Set<String> seen = new LinkedHashSet<>();
        private final List<String> reasons = new ArrayList<>();
        private @Nullable String id;
        private @Nullable String targetUrl;
        private @Nullable String completeness;
        private @Nullable NotBefore notBefore;
        private @Nullable String problem;

        private @Nullable String nonce;
        private @Nullable String token;
        private @Nullable String genTime;

        void topLevel(String name, JsonParser json) throws BadJsonException {
            seen.add(name);
            switch (name) {
                case "format" -> {
                    if (!FORMAT.equals(StrictJson.text(json))) {
                        throw new BadJsonException("format is not " + FORMAT);
                    }
                }
                case "id" -> {
                    String text = StrictJson.text(json);
                    if (!ID.matcher(text).matches()) {
                        throw new BadJsonException("id is not a UUID");
                    }
                    id = text;
                }
                case "request", "environment", "clock", "network", "tls", "tool" -> {
                    StrictJson.expect(json, JsonToken.START_OBJECT, "an object as " + name);
                    StrictJson.skip(json);
                }
                case "steps", "artefacts", "incidents" -> {
                    StrictJson.expect(json, JsonToken.START_ARRAY, "an array as " + name);
                    StrictJson.skip(json);
                }
                case "target" -> StrictJson.fieldsOf(json, this::target);
                case "completeness" -> StrictJson.fieldsOf(json, this::completeness);
                case "timeBracket" -> StrictJson.fieldsOf(json, this::timeBracket);
                default -> StrictJson.skip(json);
            }
        }

        private void target(String name, JsonParser json) throws BadJsonException {
            if (name.equals("inputUrl")) {
                targetUrl = StrictJson.text(json);
            } else {
                StrictJson.skip(json);
            }
        }

        private void completeness(String name, JsonParser json) throws BadJsonException {
            switch (name) {
                case "verdict" -> {
                    String text = StrictJson.text(json);
                    if (!VERDICTS.contains(text)) {
                        throw new BadJsonException("completeness.verdict is none of the words of the format");
                    }
                    completeness = text;
                }
                case "reasons" ->
                    StrictJson.items(
                            json,
                            item -> StrictJson.fieldsOf(item, (key, value) -> {
                                if (key.equals("code")) {
                                    reason(StrictJson.text(value));
                                } else {
                                    StrictJson.skip(value);
                                }
                            }));
                default -> StrictJson.skip(json);
            }
        }

        private void reason(String code) throws BadJsonException {
            if (!REASON.matcher(code).matches()) {
                throw new BadJsonException("a reason code is not a word in capitals");
            }
            if (reasons.size() < MAX_REASONS) {
                reasons.add(code);
            }
        }

        private void timeBracket(String name, JsonParser json) throws BadJsonException {
            if (name.equals("notBefore") && json.currentToken() != JsonToken.VALUE_NULL) {
                StrictJson.fieldsOf(json, (key, value) -> {
                    switch (key) {
                        case "nonce" -> nonce = StrictJson.text(value);
                        case "token" -> token = StrictJson.text(value);
                        case "genTime" -> genTime = StrictJson.text(value);
                        default -> StrictJson.skip(value);
                    }
                });
                notBefore = notBefore();
            } else {
                StrictJson.skip(json);
            }
        }

        private NotBefore notBefore() throws BadJsonException {
            if (nonce == null || !Digest.isTextForm(nonce)) {
                throw new BadJsonException("timeBracket.notBefore.nonce is not 64 lower-case hex digits");
            }
            if (token == null || token.length() > MAX_TOKEN_BYTES || genTime == null) {
                throw new BadJsonException("timeBracket.notBefore lacks token or genTime, or the token is too long");
            }
            byte[] der;
            try {
                der = Base64.getDecoder().decode(token);
            } catch (IllegalArgumentException e) {
                throw new BadJsonException("timeBracket.notBefore.token is not base64");
            }
            Digest imprint =
                    Digest.of(Digest.Algorithm.SHA256, java.util.HexFormat.of().parseHex(nonce));
            try {
                return new NotBefore(imprint, der, Instant.parse(genTime));
            } catch (DateTimeParseException e) {
                throw new BadJsonException("timeBracket.notBefore.genTime is not a time");
            }
        }

        void finish() throws BadJsonException {
            for (String name : REQUIRED) {
                if (!seen.contains(name)) {
                    throw new BadJsonException(name + " is missing");
                }
            }
            if (targetUrl == null) {
                throw new BadJsonException("target.inputUrl is missing");
            }
            if (completeness == null) {
                throw new BadJsonException("completeness.verdict is missing");
            }
        }
    }
}
