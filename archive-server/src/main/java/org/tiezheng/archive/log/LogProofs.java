package org.tiezheng.archive.log;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.catalogue.ProofSource;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.log.LogProof;

/** {@code META-INF/log001.tlog-proof} of exported packages; with the next free number if the package brought one along. */
final class LogProofs implements ProofSource {
    private final JdbcClient jdbc;
    private final TransparencyLog log;

    LogProofs(JdbcClient jdbc, TransparencyLog log) {
        this.jdbc = jdbc;
        this.log = log;
    }

    @Override
    public List<Proof> proofs(UUID evidenceId) {
        Optional<LogProof> proof = log.proof(evidenceId);
        if (proof.isEmpty()) {
            return List.of();
        }
        Set<String> taken = jdbc
                .sql("select member from evidence_object where evidence_id = :id and member like 'META-INF/log%'")
                .param("id", evidenceId)
                .query(String.class)
                .list()
                .stream()
                .collect(Collectors.toUnmodifiableSet());
        String member = IntStream.rangeClosed(1, 999)
                .mapToObj(AsicNames::logProof)
                .filter(name -> !taken.contains(name))
                .findFirst()
                .orElseThrow();
        return List.of(new Proof(member, proof.get().toBytes()));
    }
}
