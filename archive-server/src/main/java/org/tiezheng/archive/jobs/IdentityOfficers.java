package org.tiezheng.archive.jobs;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Optional;
import org.tiezheng.archive.identity.Officer;
import org.tiezheng.archive.identity.Officers;

/** The officers of this archive; a day begins and ends in Beijing. */
final class IdentityOfficers implements OfficerRegister {
    static final ZoneId BEIJING = ZoneId.of("Asia/Shanghai");

    private final Officers officers;

    IdentityOfficers(Officers officers) {
        this.officers = officers;
    }

    @Override
    public Optional<Entry> find(String accountId) {
        return officers.find(accountId).map(IdentityOfficers::entry);
    }

    private static Entry entry(Officer officer) {
        return new Entry(
                new RecordedOfficer(
                        officer.accountId().toString(), officer.name(), officer.unit(), officer.certificateNo()),
                begin(officer.validFrom()),
                begin(officer.validTo().plusDays(1)));
    }

    private static Instant begin(LocalDate day) {
        return day.atStartOfDay(BEIJING).toInstant();
    }
}
