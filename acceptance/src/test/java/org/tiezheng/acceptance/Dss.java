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
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
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
        CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
        anchors.certificates().forEach(certificate -> trusted.addCertificate(new CertificateToken(certificate)));
        CommonCertificateVerifier offline = new CommonCertificateVerifier(true);
        offline.setAIASource(null);
        offline.setTrustedCertSources(trusted);
        SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(asice.toFile()));
        validator.setCertificateVerifier(offline);
        validator.setValidationTime(Date.from(time));
        SimpleReport report = validator.validateDocument().getSimpleReport();
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

    private static List<String> messages(SimpleReport report, String id) {
        List<Message> all = new ArrayList<>(report.getAdESValidationErrors(id));
        all.addAll(report.getAdESValidationWarnings(id));
        return all.stream().map(m -> m.getKey() + ": " + m.getValue()).toList();
    }
}
