package org.tiezheng.acceptance;

import eu.europa.esig.dss.enumerations.Indication;
import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.simplereport.jaxb.XmlEvidenceRecord;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.trust.TrustAnchors;

/** EU DSS as a judge of packages: its own reader, its own policy (the default one), nothing fetched. */
final class Dss {
    private Dss() {}

    /**
     * What DSS says of one container.
     *
     * @param signature verdict of the only signature
     * @param level such as CAdES-BASELINE-LT
     * @param timestamps verdict of each time-stamp that stands beside the signature
     * @param records verdict of each evidence record
     * @param warnings texts of all warnings and errors
     */
    record Verdict(
            Indication signature,
            SignatureLevel level,
            List<Indication> timestamps,
            List<Indication> records,
            List<String> warnings) {}

    static Verdict judge(Path asice, TrustAnchors anchors) {
        return judge(asice, anchors, Clock.systemUTC().instant());
    }

    /** As of {@code time}. */
    static Verdict judge(Path asice, TrustAnchors anchors, Instant time) {
        return judge(asice, anchors, time, null);
    }

    /**
     * As of {@code time}.
     *
     * @param sha256Ends the default policy says nothing of decades to come: the day on which it has SHA-256 end, as a failure and
     *     not as a warning. Null for the default policy as it is
     */
    static Verdict judge(Path asice, TrustAnchors anchors, Instant time, @Nullable LocalDate sha256Ends) {
        CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
        anchors.certificates().forEach(certificate -> trusted.addCertificate(new CertificateToken(certificate)));
        CommonCertificateVerifier offline = new CommonCertificateVerifier(true);
        offline.setAIASource(null);
        offline.setTrustedCertSources(trusted);
        SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(asice.toFile()));
        validator.setCertificateVerifier(offline);
        validator.setValidationTime(Date.from(time));
        SimpleReport report = (sha256Ends == null
                        ? validator.validateDocument()
                        : validator.validateDocument(new ByteArrayInputStream(policy(sha256Ends))))
                .getSimpleReport();
        if (report.getSignatureIdList().size() != 1) {
            throw new AssertionError("DSS sees signatures " + report.getSignatureIdList());
        }
        String signature = report.getFirstSignatureId();
        List<Indication> timestamps = new ArrayList<>();
        List<String> messages = new ArrayList<>(messages(report, signature));
        for (String timestamp : report.getTimestampIdList()) {
            timestamps.add(report.getIndication(timestamp));
            messages.addAll(messages(report, timestamp));
        }
        List<Indication> records = new ArrayList<>();
        // A record that covers the signature is reported below it.
        for (XmlEvidenceRecord record : report.getSignatureEvidenceRecords(signature)) {
            records.add(record.getIndication());
            messages.addAll(messages(report, record.getId()));
        }
        return new Verdict(
                report.getIndication(signature), report.getSignatureFormat(signature), timestamps, records, messages);
    }

    private static byte[] policy(LocalDate sha256Ends) {
        try (InputStream in = SignedDocumentValidator.class.getResourceAsStream("/policy/constraint.xml")) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            int dates = text.indexOf("<AlgoExpirationDate");
            String changed = text.substring(0, dates)
                    + text.substring(dates)
                            .replace(" UpdateDate=\"2024-10-13\" LevelAfterUpdate=\"WARN\"", "")
                            .replace("<Algo>SHA256</Algo>", "<Algo Date=\"" + sha256Ends + "\">SHA256</Algo>");
            if (changed.length() == text.length() || changed.contains("LevelAfterUpdate")) {
                throw new AssertionError("DSS has another default policy");
            }
            return changed.getBytes(StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> messages(SimpleReport report, String id) {
        List<Message> all = new ArrayList<>(report.getAdESValidationErrors(id));
        all.addAll(report.getAdESValidationWarnings(id));
        return all.stream().map(m -> m.getKey() + ": " + m.getValue()).toList();
    }
}
