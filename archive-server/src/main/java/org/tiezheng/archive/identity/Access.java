package org.tiezheng.archive.identity;

/**
 * Who may what, in the words of {@code @PreAuthorize}: {@code @PreAuthorize(Access.VIEW_EVIDENCE)}.
 *
 * <p>The auditor is in no constant that changes something; the system administrator is in none that shows evidence.
 * A test evaluates the rule of every endpoint for every role against a table.
 */
public final class Access {
    /** Anybody, signed in or not. */
    public static final String ANYBODY = "permitAll()";

    /** Anybody signed in, even if he still has to choose a password. For the pages where that is done. */
    public static final String SIGNED_IN_WITHOUT_ROLE = "isAuthenticated()";

    /** Anybody with at least one role; not an account that still has to choose a password. */
    public static final String SIGNED_IN = "hasAnyRole('INSPECTOR', 'SECOND_OFFICER', 'LEGAL_REVIEWER',"
            + " 'RESPONSIBLE_LEADER', 'ARCHIVIST', 'AUDITOR', 'SYSTEM_ADMINISTRATOR')";

    /** Submit, cancel and retry captures, keep batches and schedules, link to clues and cases. */
    public static final String CAPTURE = "hasAnyRole('INSPECTOR', 'SECOND_OFFICER')";

    /** Confirm a capture as one of its two officers. */
    public static final String CONFIRM = "hasAnyRole('INSPECTOR', 'SECOND_OFFICER')";

    /** See jobs, batches, schedules and live captures. */
    public static final String VIEW_CAPTURES = "hasAnyRole('INSPECTOR', 'SECOND_OFFICER', 'AUDITOR')";

    /** See evidence: pages, artefacts, replay, search, lists. */
    public static final String VIEW_EVIDENCE = "hasAnyRole('INSPECTOR', 'SECOND_OFFICER', 'LEGAL_REVIEWER',"
            + " 'RESPONSIBLE_LEADER', 'ARCHIVIST', 'AUDITOR')";

    /** Take evidence out of the archive: packages, lists as files. */
    public static final String DOWNLOAD_EVIDENCE = VIEW_EVIDENCE;

    /** Have the server verify a package again; it writes a result, so the auditor cannot. */
    public static final String VERIFY_EVIDENCE =
            "hasAnyRole('INSPECTOR', 'SECOND_OFFICER', 'LEGAL_REVIEWER'," + " 'RESPONSIBLE_LEADER', 'ARCHIVIST')";

    /** Set and lift legal holds, extend retention. */
    public static final String HOLD = "hasRole('ARCHIVIST')";

    /** File evidence, set fonds and codes, make packages for other archives and take theirs in. */
    public static final String FILE = "hasRole('ARCHIVIST')";

    /** See what was filed, the checks, the packages given out. */
    public static final String VIEW_FILING = "hasAnyRole('ARCHIVIST', 'AUDITOR', 'RESPONSIBLE_LEADER')";

    /** Have evidence records made and renewed, fixity checked. */
    public static final String PRESERVE = "hasRole('ARCHIVIST')";

    /** Approve what needs the responsible leader. */
    public static final String APPROVE = "hasRole('RESPONSIBLE_LEADER')";

    /** See retention: classes, holds, appraisals, disposals. */
    public static final String VIEW_RETENTION = "hasAnyRole('RESPONSIBLE_LEADER', 'ARCHIVIST', 'AUDITOR')";

    /** Decide what another person asked for; which of the two roles may decide what is looked at again. */
    public static final String DECIDE_RETENTION = "hasAnyRole('RESPONSIBLE_LEADER', 'ARCHIVIST')";

    /** See what fixity checks found, and how they go. */
    public static final String VIEW_FIXITY =
            "hasAnyRole('ARCHIVIST', 'AUDITOR', 'RESPONSIBLE_LEADER', 'SYSTEM_ADMINISTRATOR')";

    /** Begin fixity checks, propose repairs, say what an unknown object is. */
    public static final String CHECK_FIXITY = "hasRole('ARCHIVIST')";

    /** Say how fast fixity checks read, and pause them. */
    public static final String PACE_FIXITY = "hasAnyRole('ARCHIVIST', 'SYSTEM_ADMINISTRATOR')";

    /** Look into quarantine and orphans: what was not archived. */
    public static final String REVIEW_REFUSED = "hasAnyRole('INSPECTOR', 'ARCHIVIST', 'AUDITOR')";

    /** See agents, stores, WORM state and other operation. */
    public static final String VIEW_OPERATIONS = "hasAnyRole('SYSTEM_ADMINISTRATOR', 'AUDITOR', 'ARCHIVIST')";

    /** Change accounts, agents, stores and settings. */
    public static final String ADMINISTER = "hasRole('SYSTEM_ADMINISTRATOR')";

    /** See accounts and API tokens. */
    public static final String VIEW_ACCOUNTS = "hasAnyRole('SYSTEM_ADMINISTRATOR', 'AUDITOR')";

    /** Read the audit chain. */
    public static final String READ_AUDIT = "hasRole('AUDITOR')";

    /**
     * Order an audit report and cancel an order. It adds a report about what is, and changes nothing of what it is about: the one
     * thing an auditor makes.
     */
    public static final String AUDIT = "hasRole('AUDITOR')";

    /** See audit reports and take their files. */
    public static final String VIEW_REPORTS = "hasAnyRole('AUDITOR', 'ARCHIVIST')";

    /** See what audit reports found wrong. */
    public static final String VIEW_FINDINGS =
            "hasAnyRole('AUDITOR', 'ARCHIVIST', 'RESPONSIBLE_LEADER', 'SYSTEM_ADMINISTRATOR')";

    /** Close a finding: those who put things in order, not the auditor. */
    public static final String CLOSE_FINDINGS = "hasAnyRole('ARCHIVIST', 'RESPONSIBLE_LEADER', 'SYSTEM_ADMINISTRATOR')";

    /** A capture agent, by its token. */
    public static final String AGENT = "hasAuthority('SCOPE_agent')";

    private Access() {}
}
