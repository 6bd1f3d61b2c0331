package org.tiezheng.archive.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEntry;
import org.tiezheng.archive.audit.AuditEvent.Result;
import org.tiezheng.archive.identity.PasswordRules.Fault;
import org.tiezheng.archive.identity.RuleBrokenException.Rule;

class AccountsTest {
    private static final Actor TEST = Actor.system("test");
    private final TestIdentity is = new TestIdentity();

    private static void refused(Rule rule, Callable<?> act) {
        assertThatThrownBy(act::call)
                .isInstanceOfSatisfying(
                        RuleBrokenException.class,
                        broken -> assertThat(broken.rule()).isEqualTo(rule));
    }

    @Test
    void firstAdministratorIsMadeOnceByHoweverManyNodes() throws Exception {
        ExecutorService nodes = Executors.newFixedThreadPool(4);
        long made = 0;
        Callable<Boolean> start = () -> is.accounts.createFirstAdministrator().isPresent();
        for (var future : nodes.invokeAll(java.util.Collections.nCopies(4, start), 60, TimeUnit.SECONDS)) {
            made += future.get() ? 1 : 0;
        }
        nodes.shutdown();
        assertThat(made).isEqualTo(1);
        Account admin = is.accounts.findByUsername("admin").orElseThrow();
        assertThat(admin.roles()).containsExactly(Role.SYSTEM_ADMINISTRATOR);
        assertThat(admin.oneTimeUntil()).isNotNull();
        assertThat(is.audit.ofObject("account", admin.id().toString()))
                .extracting(entry -> entry.event().action())
                .containsExactly("account.create");
    }

    @Test
    void namesAreOneWhateverTheirCase() {
        Account first = is.accounts
                .create(new NewAccount("Jia.1", "执法人员甲", Set.of(Role.INSPECTOR), null), TEST)
                .account();
        assertThat(first.username()).isEqualTo("jia.1");
        refused(Rule.USERNAME_TAKEN, () -> is.accounts.create(new NewAccount("JIA.1", "乙", Set.of(), null), TEST));
        for (String bad : List.of("", "x", ".x", "a b", "执法", "a\u0000b", "a".repeat(65))) {
            refused(Rule.USERNAME_FORM, () -> is.accounts.create(new NewAccount(bad, "乙", Set.of(), null), TEST));
        }
        refused(Rule.NAME_FORM, () -> is.accounts.create(new NewAccount("yi", " ", Set.of(), null), TEST));
        refused(Rule.NAME_FORM, () -> is.accounts.create(new NewAccount("yi", "a\nb", Set.of(), null), TEST));
    }

    @Test
    void rolesThatExcludeEachOtherAreRefused() {
        for (Set<Role> roles : List.of(
                Set.of(Role.SYSTEM_ADMINISTRATOR, Role.INSPECTOR),
                Set.of(Role.AUDITOR, Role.SYSTEM_ADMINISTRATOR),
                Set.of(Role.AUDITOR, Role.ARCHIVIST),
                Set.of(Role.LEGAL_REVIEWER, Role.ARCHIVIST))) {
            refused(Rule.ROLES_CONFLICT, () -> is.accounts.create(new NewAccount("yi", "乙", roles, null), TEST));
        }
        TestUsers.User user = TestUsers.create(is.accounts, Role.INSPECTOR, Role.SECOND_OFFICER);
        refused(Rule.ROLES_CONFLICT, () -> {
            is.accounts.setRoles(user.account().id(), Set.of(Role.INSPECTOR, Role.AUDITOR), TEST);
            return null;
        });
        assertThat(is.accounts.get(user.account().id()).roles())
                .containsExactlyInAnyOrder(Role.INSPECTOR, Role.SECOND_OFFICER);
    }

    @Test
    void lastAdministratorStaysAndNobodyChangesHimself() {
        TestUsers.User first = TestUsers.create(is.accounts, Role.SYSTEM_ADMINISTRATOR);
        refused(Rule.LAST_ADMINISTRATOR, () -> {
            is.accounts.setState(first.account().id(), Account.State.DISABLED, TEST);
            return null;
        });
        refused(Rule.LAST_ADMINISTRATOR, () -> {
            is.accounts.setRoles(first.account().id(), Set.of(), TEST);
            return null;
        });
        TestUsers.User second = TestUsers.create(is.accounts, Role.SYSTEM_ADMINISTRATOR);
        refused(Rule.OWN_ACCOUNT, () -> {
            is.accounts.setRoles(second.account().id(), Set.of(), second.actor());
            return null;
        });
        is.accounts.setState(first.account().id(), Account.State.DISABLED, second.actor());
        assertThat(is.accounts.get(first.account().id()).state()).isEqualTo(Account.State.DISABLED);
    }

    @Test
    void twoAdministratorsCannotRemoveEachOther() throws Exception {
        TestUsers.User one = TestUsers.create(is.accounts, Role.SYSTEM_ADMINISTRATOR);
        TestUsers.User other = TestUsers.create(is.accounts, Role.SYSTEM_ADMINISTRATOR);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        List<Callable<Boolean>> acts = List.of(() -> disable(one, other), () -> disable(other, one));
        int done = 0;
        for (var future : threads.invokeAll(acts, 60, TimeUnit.SECONDS)) {
            done += future.get() ? 1 : 0;
        }
        threads.shutdown();
        assertThat(done).isEqualTo(1);
    }

    private boolean disable(TestUsers.User by, TestUsers.User whom) {
        try {
            is.accounts.setState(whom.account().id(), Account.State.DISABLED, by.actor());
            return true;
        } catch (RuleBrokenException | org.springframework.dao.ConcurrencyFailureException refused) {
            return false;
        }
    }

    @Test
    void passwordRulesSayWhatIsWrong() {
        PasswordRules rules = new PasswordRules(12);
        assertThat(rules.faults("Short1!", "jia")).containsExactly(Fault.TOO_SHORT);
        assertThat(rules.faults("x".repeat(129), "jia")).containsExactly(Fault.TOO_LONG);
        assertThat(rules.faults("allsmallletters", "jia")).containsExactly(Fault.TOO_FEW_KINDS);
        assertThat(rules.faults("Zhifa-Jia-2026x", "zhifa-jia")).containsExactly(Fault.CONTAINS_USERNAME);
        assertThat(rules.faults("Password123!", "jia")).containsExactly(Fault.COMMON);
        assertThat(rules.faults("Zhi fa\u0007 2026 x", "jia")).containsExactly(Fault.CONTROL_CHARACTER);
        assertThat(rules.faults("网上检查固定证据不能改Aa", "jia")).isEmpty();
        assertThat(rules.faults(TestUsers.PASSWORD, "jia")).isEmpty();
    }

    @Test
    void sameTextFromAnotherKeyboardIsTheSamePassword() {
        String hash = is.passwords.hash("Café-au-lait 2026");
        assertThat(hash).startsWith("{argon2}$argon2id$v=19$m=19456,t=2,p=1$");
        assertThat(is.passwords.matches("Cafe\u0301-au-lait 2026", hash)).isTrue();
        assertThat(is.passwords.matches("Cafe-au-lait 2026", hash)).isFalse();
        assertThat(is.passwords.matches("x".repeat(10_000), hash)).isFalse();
    }

    @Test
    void certificateBelongsToOneOfficer() {
        TestUsers.User jia = TestUsers.officer(is.accounts, is.officers, Role.INSPECTOR);
        TestUsers.User yi = TestUsers.create(is.accounts, Role.INSPECTOR);
        String no = is.officers.find(jia.id()).orElseThrow().certificateNo();
        LocalDate day = LocalDate.of(2026, 1, 1);
        refused(Rule.CERTIFICATE_TAKEN, () -> {
            is.officers.set(yi.account().id(), "单位", no, day, day, TEST);
            return null;
        });
        refused(Rule.CERTIFICATE_DATES, () -> {
            is.officers.set(yi.account().id(), "单位", "B-2", day, day.minusDays(1), TEST);
            return null;
        });
        refused(Rule.CERTIFICATE_FORM, () -> {
            is.officers.set(yi.account().id(), "单位", "B 2", day, day, TEST);
            return null;
        });
        is.officers.set(yi.account().id(), "单位", "B-2", day, day, TEST);
        Officer officer = is.officers.find(yi.account().id()).orElseThrow();
        assertThat(officer.inForceOn(day)).isTrue();
        assertThat(officer.inForceOn(day.plusDays(1))).isFalse();
        assertThat(is.officers.inForceOn(day.plusDays(1)))
                .extracting(Officer::accountId)
                .containsExactly(jia.account().id());
        is.officers.remove(yi.account().id(), TEST);
        assertThat(is.officers.find(yi.id())).isEmpty();
        assertThat(is.officers.find("system:test")).isEmpty();
    }

    @Test
    void everyChangeIsWrittenDown() {
        TestUsers.User user = TestUsers.create(is.accounts, Role.INSPECTOR);
        TestUsers.create(is.accounts, Role.SYSTEM_ADMINISTRATOR);
        is.accounts.rename(user.account().id(), "执法人员乙", TEST);
        is.accounts.setRoles(user.account().id(), Set.of(Role.ARCHIVIST), TEST);
        is.accounts.setState(user.account().id(), Account.State.DISABLED, TEST);
        is.accounts.setState(user.account().id(), Account.State.ACTIVE, TEST);
        is.accounts.unlock(user.account().id(), TEST);
        is.accounts.resetPassword(user.account().id(), TEST);
        refused(Rule.WRONG_PASSWORD, () -> {
            is.accounts.changePassword(user.account().id(), "wrong", TestUsers.PASSWORD, null, user.actor());
            return null;
        });
        assertThat(is.audit.ofObject("account", user.id()))
                .extracting(
                        entry -> entry.event().action() + " " + entry.event().result())
                .containsExactly(
                        "account.create OK",
                        "account.rename OK",
                        "account.roles OK",
                        "account.disable OK",
                        "account.enable OK",
                        "account.unlock OK",
                        "account.password-reset OK",
                        "account.password REFUSED");
    }

    @Test
    void changeThatFailsLeavesNoEventAndNoChange() {
        TestUsers.User user = TestUsers.create(is.accounts, Role.INSPECTOR);
        long before = is.audit.head().seq();
        refused(Rule.UNKNOWN_ACCOUNT, () -> {
            is.accounts.rename(java.util.UUID.randomUUID(), "x", TEST);
            return null;
        });
        assertThat(is.audit.head().seq()).isEqualTo(before);
        assertThat(is.accounts.get(user.account().id())).isEqualTo(user.account());
    }

    @Test
    void listPagesByName() {
        for (String name : List.of("c1", "a1", "b1")) {
            is.accounts.create(new NewAccount(name, "执法人员" + name, Set.of(), null), TEST);
        }
        List<Account> page = is.accounts.list("执法人员", "", 2);
        assertThat(page).extracting(Account::username).containsExactly("a1", "b1");
        assertThat(is.accounts.list("执法人员", "b1", 2))
                .extracting(Account::username)
                .containsExactly("c1");
        assertThat(is.accounts.list("B1", "", 9)).extracting(Account::username).containsExactly("b1");
        assertThat(is.accounts.list("%", "", 9)).isEmpty();
    }

    @Test
    void tokenIsKeptAsADigestAndEnds() {
        TestUsers.User user = TestUsers.create(is.accounts, Role.INSPECTOR);
        ApiTokens.Created created = is.tokens.create(
                user.account().id(), "脚本", Set.of(Scope.EVIDENCE_READ), Duration.ofDays(2), user.actor());
        assertThat(created.secret()).matches("tz_[A-Za-z0-9_-]{43}");
        assertThat(is.database
                        .jdbc()
                        .sql("select count(*) from api_token where encode(token_hash, 'escape') like '%tz_%'")
                        .query(Long.class)
                        .single())
                .isZero();
        ApiTokens.Grant grant = is.tokens.introspect(created.secret()).orElseThrow();
        assertThat(grant.account().roles()).containsExactly(Role.INSPECTOR);
        assertThat(is.tokens.get(created.token().id()).lastUsedAt()).isEqualTo(is.clock.instant());
        assertThat(is.tokens.introspect(created.secret() + "x")).isEmpty();
        assertThat(is.tokens.introspect("")).isEmpty();
        is.clock.forward(Duration.ofDays(2));
        assertThat(is.tokens.introspect(created.secret())).isEmpty();
    }

    @Test
    void tokenStopsWithItsAccountAndWhenRevoked() {
        TestUsers.User user = TestUsers.create(is.accounts, Role.INSPECTOR);
        String secret = TestUsers.token(is.tokens, user, Scope.CAPTURES_READ, Scope.CAPTURES_WRITE);
        is.accounts.setState(user.account().id(), Account.State.DISABLED, TEST);
        assertThat(is.tokens.introspect(secret)).isEmpty();
        is.accounts.setState(user.account().id(), Account.State.ACTIVE, TEST);
        assertThat(is.tokens.introspect(secret)).isPresent();
        is.tokens.revoke(is.tokens.ofAccount(user.account().id()).get(0).id(), TEST);
        assertThat(is.tokens.introspect(secret)).isEmpty();
        assertThat(is.audit.ofObject("account", user.id()))
                .filteredOn(entry -> entry.event().action().startsWith("account.token"))
                .extracting(AuditEntry::event)
                .allMatch(event -> event.result() == Result.OK
                        && !String.valueOf(event.reason()).contains(secret))
                .hasSize(2);
    }

    @Test
    void agentsTokenBelongsToNobodyAndGoesWithNoOtherScope() {
        ApiTokens.Created agent = is.tokens.createForAgent("取证机1", Duration.ofDays(1), TEST);
        assertThat(is.tokens.introspect(agent.secret()).orElseThrow().account().id())
                .isEqualTo(Accounts.AGENTS);
        refused(
                Rule.TOKEN_SCOPES,
                () -> is.tokens.create(
                        Accounts.AGENTS, "x", Set.of(Scope.AGENT, Scope.ADMIN), Duration.ofDays(1), TEST));
        refused(Rule.TOKEN_SCOPES, () -> is.tokens.create(Accounts.AGENTS, "x", Set.of(), Duration.ofDays(1), TEST));
        refused(Rule.TOKEN_LIFE, () -> is.tokens.createForAgent("x", Duration.ofDays(367), TEST));
        refused(Rule.TOKEN_LIFE, () -> is.tokens.createForAgent("x", Duration.ZERO, TEST));
        refused(Rule.TOKEN_NAME, () -> is.tokens.createForAgent(" ", Duration.ofDays(1), TEST));
    }
}
