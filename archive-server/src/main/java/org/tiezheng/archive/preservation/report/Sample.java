package org.tiezheng.archive.preservation.report;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.stores.Stores;
import org.tiezheng.storage.ContentMismatchException;
import org.tiezheng.storage.ObjectMissingException;
import org.tiezheng.storage.ObjectVersion;
import org.tiezheng.storage.StoredObject;

/**
 * Reads packages again for a report, in every store by itself: the auditor's own look, beside the server's schedule.
 *
 * <p>Which: those with the smallest SHA-256 of {@code <seed>:<id>}, so that anybody with the seed can say which they must have been.
 */
final class Sample {
    private final JdbcClient jdbc;
    private final Stores stores;

    Sample(JdbcClient jdbc, Stores stores) {
        this.jdbc = jdbc;
        this.stores = stores;
    }

    /** What was found of one object in one store. Names are in the report's JSON. */
    enum Outcome {
        GOOD,
        /** Other bytes than the catalogue says. */
        CHANGED,
        MISSING,
        /** The store did not answer, or broke off: nothing is known. */
        UNREADABLE
    }

    record Read(UUID evidenceId, String member, String store, Outcome outcome, String expected, String detail) {}

    /** @param bad everything but GOOD */
    record Result(int packages, long objects, long bytes, long good, List<Read> bad) {}

    private record Member(UUID evidenceId, String name, String sha256, long sizeBytes, String key, String versionId) {}

    Result read(ReportContext context) throws ReportContext.CancelledException {
        AuditReport report = context.report();
        Scope.Selection selection = report.scope().selection();
        List<UUID> chosen = jdbc.sql("select e.id from evidence e where e.archived_at < :to and e.disposed_at is null"
                        + selection.sql() + " order by sha256(convert_to(:seed || ':' || e.id, 'UTF8')) limit :most")
                .param("to", context.to())
                .param("seed", report.seed())
                .param("most", report.sample())
                .params(selection.parameters())
                .query(UUID.class)
                .list();
        List<Read> bad = new ArrayList<>();
        long objects = 0;
        long bytes = 0;
        long good = 0;
        int looked = 0;
        for (UUID id : chosen) {
            context.progress().at("sample " + ++looked + "/" + chosen.size());
            for (Member member : members(id)) {
                for (Stores.Part part : stores.parts()) {
                    String store = part.description().id();
                    if (report.scope().store() != null
                            && !report.scope().store().equals(store)) {
                        continue;
                    }
                    objects++;
                    Read read = read(part, member);
                    if (read.outcome() == Outcome.GOOD) {
                        good++;
                        bytes += member.sizeBytes();
                    } else {
                        bad.add(read);
                    }
                }
            }
        }
        return new Result(chosen.size(), objects, bytes, good, bad);
    }

    private List<Member> members(UUID id) {
        return jdbc.sql("select * from evidence_object where evidence_id = :id order by position")
                .param("id", id)
                .query((row, n) -> new Member(
                        id,
                        row.getString("member"),
                        row.getString("sha256"),
                        row.getLong("size_bytes"),
                        row.getString("key"),
                        row.getString("version_id")))
                .list();
    }

    private Read read(Stores.Part part, Member member) {
        boolean primary =
                part.description().id().equals(stores.primary().description().id());
        try {
            List<ObjectVersion> versions = new ArrayList<>();
            if (primary) {
                versions.add(new ObjectVersion(member.key(), member.versionId()));
            } else {
                // Versions have other names there; any that holds the bytes is the copy.
                part.store().list(member.key(), stored -> {
                    if (stored.version().key().equals(member.key())) {
                        versions.add(stored.version());
                    }
                });
            }
            Outcome outcome = Outcome.MISSING;
            String detail = "";
            for (ObjectVersion version : versions) {
                Read one = read(part, member, version);
                if (one.outcome() == Outcome.GOOD) {
                    return one;
                }
                outcome = one.outcome();
                detail = one.detail();
            }
            return new Read(
                    member.evidenceId(), member.name(), part.description().id(), outcome, member.sha256(), detail);
        } catch (IOException e) {
            return failed(part, member, Outcome.UNREADABLE, e);
        }
    }

    private static Read read(Stores.Part part, Member member, ObjectVersion version) {
        StoredObject wanted =
                new StoredObject(version, member.sizeBytes(), member.sha256(), Instant.EPOCH, null, false);
        try (InputStream in = part.store().get(wanted)) {
            byte[] buffer = new byte[1 << 16];
            int n = in.read(buffer);
            while (n >= 0) {
                n = in.read(buffer);
            }
            return new Read(
                    member.evidenceId(), member.name(), part.description().id(), Outcome.GOOD, member.sha256(), "");
        } catch (ContentMismatchException e) {
            return failed(part, member, Outcome.CHANGED, e);
        } catch (java.io.EOFException e) {
            return failed(part, member, Outcome.CHANGED, e);
        } catch (ObjectMissingException e) {
            return failed(part, member, Outcome.MISSING, e);
        } catch (IOException e) {
            return failed(part, member, Outcome.UNREADABLE, e);
        }
    }

    private static Read failed(Stores.Part part, Member member, Outcome outcome, IOException cause) {
        return new Read(
                member.evidenceId(),
                member.name(),
                part.description().id(),
                outcome,
                member.sha256(),
                String.valueOf(cause.getMessage()));
    }
}
