package org.tiezheng.archive.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEntry;
import org.tiezheng.archive.audit.AuditEvent.Result;
import org.tiezheng.archive.identity.SignInOutcome.CodeNeeded;
import org.tiezheng.archive.identity.SignInOutcome.Known;
import org.tiezheng.archive.identity.SignInOutcome.Refusal;
import org.tiezheng.archive.identity.SignInOutcome.Refused;
import org.tiezheng.archive.identity.SignInOutcome.Step;

class IdentityTest {
    private static final Client CLIENT = new Client("192.0.2.9", "Test/1");
    private final TestIdentity is = new TestIdentity();

    private SignInOutcome signIn(TestUsers.User user, String password) {
        return is.identity.signIn(user.account().username(), password, CLIENT);
    }

    private List<AuditEntry> history(TestUsers.User user) {
        return is.audit.ofObject("account", user.id());
    }

    @Test
    void rightPasswordOpensASessionAndIsWrittenDown() {
        TestUsers.User user = TestUsers.officer(is.accounts, is.officers, Role.INSPECTOR);
        Known known = (Known) signIn(user, user.password());
        assertThat(known.steps()).isEmpty();
        assertThat(known.certificateNo()).startsWith("TEST-");
        assertThat(is.sessions.alive(known.session())).isTrue();
        assertThat(is.sessions.ofAccount(user.account().id()))
                .extracting(WebSessions.Session::clientIp)
                .containsExactly("192.0.2.9");
        AuditEntry last = history(user).get(history(user).size() - 1);
        assertThat(last.event().action()).isEqualTo("account.sign-in");
        assertThat(last.event().result()).isEqualTo(Result.OK);
        assertThat(last.event().actor())
                .isEqualTo(new Actor(
                        user.id(),
                        user.account().displayName(),
                        "INSPECTOR",
                        known.certificateNo(),
                        "192.0.2.9",
                        known.session().toString()));
    }

    @Test
    void wrongNameAndWrongPasswordGetTheSameAnswer() {
        TestUsers.User user = TestUsers.create(is.accounts, Role.INSPECTOR);
        assertThat(signIn(user, "wrong")).isEqualTo(new Refused(Refusal.WRONG));
        assertThat(is.identity.signIn("nobody", "wrong", CLIENT)).isEqualTo(new Refused(Refusal.WRONG));
        // People type their password into the wrong field: what was typed there is not written down.
        assertThat(is.audit.ofObject("account", "nobody")).isEmpty();
        assertThat(is.audit.ofObject("account", "unknown"))
                .extracting(entry -> entry.event().result())
                .containsExactly(Result.REFUSED);
    }

    @Test
    void waitsGrowAndNothingOpensDuringThem() {
        TestUsers.User user = TestUsers.create(is.accounts, Role.INSPECTOR);
        for (int i = 0; i < 5; i++) {
            assertThat(signIn(user, "wrong")).isEqualTo(new Refused(Refusal.WRONG));
        }
        assertThat(signIn(user, user.password())).isEqualTo(new Refused(Refusal.LOCKED));
        is.clock.forward(Duration.ofSeconds(61));
        assertThat(signIn(user, "wrong")).isEqualTo(new Refused(Refusal.WRONG));
        is.clock.forward(Duration.ofSeconds(61));
        assertThat(signIn(user, user.password())).isEqualTo(new Refused(Refusal.LOCKED));
        is.clock.forward(Duration.ofSeconds(61));
        assertThat(signIn(user, user.password())).isInstanceOf(Known.class);
        assertThat(is.accounts.get(user.account().id()).failedSignIns()).isZero();
    }

    @Test
    void waitIsLimitedHoweverOftenSomebodyTries() {
        TestUsers.User user = TestUsers.create(is.accounts, Role.INSPECTOR);
        for (int i = 0; i < 12; i++) {
            signIn(user, "wrong");
            is.clock.forward(Duration.ofHours(1).plusSeconds(1));
        }
        signIn(user, "wrong");
        assertThat(is.accounts.get(user.account().id()).lockedUntil())
                .isEqualTo(is.clock.instant().plus(Duration.ofHours(1)));
    }

    @Test
    void aPasswordThatIsTooOldIsReplacedAtTheNextSignInBeforeAnyRoleIsInForce() {
        TestIdentity strict = new TestIdentity(TestIdentity.withPasswordsFor(Duration.ofDays(90)));
        TestUsers.User user = TestUsers.create(strict.accounts, Role.INSPECTOR);
        String name = user.account().username();
        strict.clock.forward(Duration.ofDays(90));
        assertThat(((Known) strict.identity.signIn(name, user.password(), CLIENT)).steps())
                .isEmpty();
        strict.clock.forward(Duration.ofSeconds(1));
        Known known = (Known) strict.identity.signIn(name, user.password(), CLIENT);
        assertThat(known.steps()).containsExactly(Step.CHOOSE_PASSWORD);
        String wanted = "Xin-de_2026 mi ma ma";
        strict.accounts.changePassword(
                user.account().id(), user.password(), wanted, known.session(), Actor.system("test"));
        assertThat(((Known) strict.identity.signIn(name, wanted, CLIENT)).steps())
                .isEmpty();

        // Usually they last for ever.
        TestUsers.User other = TestUsers.create(is.accounts, Role.INSPECTOR);
        is.clock.forward(Duration.ofDays(4000));
        assertThat(((Known) signIn(other, other.password())).steps()).isEmpty();
    }

    @Test
    void guessesMadeAtTheSameTimeAreCountedOneByOne() throws Exception {
        TestUsers.User user = TestUsers.create(is.accounts, Role.INSPECTOR);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        List<Future<SignInOutcome>> guesses = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            guesses.add(threads.submit(() -> signIn(user, "wrong")));
        }
        int wrong = 0;
        for (Future<SignInOutcome> guess : guesses) {
            wrong += guess.get(60, TimeUnit.SECONDS).equals(new Refused(Refusal.WRONG)) ? 1 : 0;
        }
        threads.shutdown();
        assertThat(wrong).isEqualTo(5);
        assertThat(is.accounts.get(user.account().id()).failedSignIns()).isEqualTo(5);
    }

    @Test
    void oneTimePasswordMustBeReplacedAndEnds() {
        Accounts.Created created =
                is.accounts.create(new NewAccount("jia", "执法人员甲", Set.of(Role.INSPECTOR), null), Actor.system("test"));
        String password = created.oneTimePassword();
        assertThat(password).isNotNull();
        Known known = (Known) is.identity.signIn("JIA", password, CLIENT);
        assertThat(known.steps()).containsExactly(Step.CHOOSE_PASSWORD);
        is.accounts.changePassword(
                created.account().id(), password, TestUsers.PASSWORD, known.session(), Actor.system("test"));
        assertThat(((Known) is.identity.signIn("jia", TestUsers.PASSWORD, CLIENT)).steps())
                .isEmpty();
        assertThat(is.identity.signIn("jia", password, CLIENT)).isEqualTo(new Refused(Refusal.WRONG));

        String reset = is.accounts.resetPassword(created.account().id(), Actor.system("test"));
        is.clock.forward(Duration.ofDays(7).plusSeconds(1));
        assertThat(is.identity.signIn("jia", reset, CLIENT)).isEqualTo(new Refused(Refusal.EXPIRED));
    }

    @Test
    void disabledAccountIsOutAtOnce() {
        TestUsers.User user = TestUsers.create(is.accounts, Role.INSPECTOR);
        Known known = (Known) signIn(user, user.password());
        is.accounts.setState(user.account().id(), Account.State.DISABLED, Actor.system("test"));
        assertThat(is.sessions.alive(known.session())).isFalse();
        assertThat(signIn(user, user.password())).isEqualTo(new Refused(Refusal.DISABLED));
    }

    @Test
    void sessionEndsWhenIdleAndInAnyCase() {
        TestUsers.User user = TestUsers.create(is.accounts, Role.INSPECTOR);
        Known idle = (Known) signIn(user, user.password());
        is.clock.forward(Duration.ofMinutes(31));
        assertThat(is.sessions.alive(idle.session())).isFalse();
        Known busy = (Known) signIn(user, user.password());
        for (int i = 0; i < 36; i++) {
            assertThat(is.sessions.alive(busy.session())).isTrue();
            is.clock.forward(Duration.ofMinutes(20));
        }
        is.clock.forward(Duration.ofSeconds(1));
        assertThat(is.sessions.alive(busy.session())).isFalse();
    }

    @Test
    void secondFactorIsAskedForAndACodeWorksOnce() {
        TestUsers.User user = TestUsers.create(is.accounts, Role.INSPECTOR);
        byte[] secret = enrol(is, user);
        is.clock.forward(Duration.ofSeconds(30));
        String code = Totp.code(secret, Totp.stepAt(is.clock.instant()));
        CodeNeeded half = (CodeNeeded) signIn(user, user.password());
        assertThat(is.identity.signIn(half, "000000", CLIENT)).isEqualTo(new Refused(Refusal.WRONG));
        assertThat(is.identity.signIn(half, code, CLIENT)).isInstanceOf(Known.class);
        assertThat(is.identity.signIn(half, code, CLIENT)).isEqualTo(new Refused(Refusal.WRONG));
    }

    @Test
    void firstHalfIsWorthNothingLaterOrAfterAReset() {
        TestUsers.User user = TestUsers.create(is.accounts, Role.INSPECTOR);
        byte[] secret = enrol(is, user);
        CodeNeeded half = (CodeNeeded) signIn(user, user.password());
        is.clock.forward(Duration.ofMinutes(6));
        String code = Totp.code(secret, Totp.stepAt(is.clock.instant()));
        assertThat(is.identity.signIn(half, code, CLIENT)).isEqualTo(new Refused(Refusal.TOO_LATE));
        CodeNeeded second = (CodeNeeded) signIn(user, user.password());
        is.accounts.resetPassword(user.account().id(), Actor.system("test"));
        assertThat(is.identity.signIn(second, code, CLIENT)).isEqualTo(new Refused(Refusal.TOO_LATE));
    }

    @Test
    void recoveryCodesWorkOnceEach() {
        TestUsers.User user = TestUsers.create(is.accounts, Role.INSPECTOR);
        is.secondFactors.begin(user.account().id());
        List<String> codes = confirm(is, user);
        assertThat(codes).hasSize(10).doesNotHaveDuplicates();
        CodeNeeded half = (CodeNeeded) signIn(user, user.password());
        String typed = codes.get(3).toUpperCase(java.util.Locale.ROOT).replace('-', ' ');
        assertThat(is.identity.signIn(half, typed, CLIENT)).isInstanceOf(Known.class);
        assertThat(is.secondFactors.recoveryCodesLeft(user.account().id())).isEqualTo(9);
        half = (CodeNeeded) signIn(user, user.password());
        assertThat(is.identity.signIn(half, typed, CLIENT)).isEqualTo(new Refused(Refusal.WRONG));
    }

    @Test
    void secretOfAnotherAccountDoesNotOpen() throws Exception {
        SecretBox box = new SecretBox(new byte[32]);
        java.util.UUID one = java.util.UUID.randomUUID();
        byte[] sealed = box.seal(new byte[] {1, 2, 3}, one);
        assertThat(box.open(sealed, one)).containsExactly(1, 2, 3);
        assertThatThrownBy(() -> box.open(sealed, java.util.UUID.randomUUID()))
                .isInstanceOf(java.security.GeneralSecurityException.class);
        sealed[sealed.length - 1] ^= 1;
        assertThatThrownBy(() -> box.open(sealed, one)).isInstanceOf(java.security.GeneralSecurityException.class);
        assertThatThrownBy(() -> box.open(new byte[3], one)).isInstanceOf(java.security.GeneralSecurityException.class);
    }

    @Test
    void secondPersonSignsOnTheSpotWithoutASession() throws Exception {
        TestUsers.User second = TestUsers.officer(is.accounts, is.officers, Role.SECOND_OFFICER);
        Actor actor = is.identity.signOnTheSpot(second.account().username(), second.password(), null);
        assertThat(actor.id()).isEqualTo(second.id());
        assertThat(actor.certNo()).startsWith("TEST-");
        assertThat(is.sessions.ofAccount(second.account().id())).isEmpty();
        assertThat(history(second).get(history(second).size() - 1).event().action())
                .isEqualTo("account.sign-on-the-spot");
    }

    @Test
    void onTheSpotCountsAsASignIn() {
        TestUsers.User second = TestUsers.officer(is.accounts, is.officers, Role.SECOND_OFFICER);
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> is.identity.signOnTheSpot(second.account().username(), "wrong", null))
                    .hasMessage("WRONG");
        }
        assertThatThrownBy(() -> is.identity.signOnTheSpot(second.account().username(), second.password(), null))
                .hasMessage("LOCKED");
    }

    @Test
    void onTheSpotAsksForTheSecondFactorAndRefusesAFreshAccount() {
        TestUsers.User second = TestUsers.officer(is.accounts, is.officers, Role.SECOND_OFFICER);
        enrol(is, second);
        assertThatThrownBy(() -> is.identity.signOnTheSpot(second.account().username(), second.password(), null))
                .hasMessage("CODE_MISSING");
        String oneTime = is.accounts.resetPassword(
                TestUsers.create(is.accounts, Role.SECOND_OFFICER).account().id(), Actor.system("test"));
        TestUsers.User fresh = TestUsers.create(is.accounts, Role.SECOND_OFFICER);
        String password = is.accounts.resetPassword(fresh.account().id(), Actor.system("test"));
        assertThat(oneTime).isNotEqualTo(password);
        assertThatThrownBy(() -> is.identity.signOnTheSpot(fresh.account().username(), password, null))
                .hasMessage("FIRST_SIGN_IN");
    }

    @Test
    void roleThatNeedsASecondFactorHasToSetItUp() {
        TestIdentity strict = new TestIdentity(TestIdentity.requiring(Role.SYSTEM_ADMINISTRATOR));
        TestUsers.User admin = TestUsers.create(strict.accounts, Role.SYSTEM_ADMINISTRATOR);
        TestUsers.User inspector = TestUsers.create(strict.accounts, Role.INSPECTOR);
        assertThat(strict.identity.steps(admin.account())).containsExactly(Step.SET_UP_SECOND_FACTOR);
        assertThat(strict.identity.steps(inspector.account())).isEmpty();
        enrol(strict, admin);
        assertThat(strict.identity.steps(strict.accounts.get(admin.account().id())))
                .isEmpty();
    }

    @Test
    void providerMakesAnAccountOnceAndItsRolesFollow() {
        Known first = (Known) provider("s1", "yi", Set.of(Role.INSPECTOR));
        Known again = (Known) provider("s1", "yi", Set.of(Role.ARCHIVIST));
        assertThat(again.account().id()).isEqualTo(first.account().id());
        assertThat(again.account().roles()).containsExactly(Role.ARCHIVIST);
        assertThat(is.sessions.alive(first.session())).isFalse();
        assertThat(is.sessions.alive(again.session())).isTrue();
        assertThat(provider("s2", "bing", Set.of())).isEqualTo(new Refused(Refusal.WRONG));
        assertThat(is.accounts.findByUsername("bing")).isEmpty();
    }

    @Test
    void providerCannotTakeOverALocalAccount() {
        TestUsers.User local = TestUsers.create(is.accounts, Role.SYSTEM_ADMINISTRATOR);
        Known known = (Known) provider("s3", local.account().username(), Set.of(Role.INSPECTOR));
        assertThat(known.account().id()).isNotEqualTo(local.account().id());
        assertThat(known.account().username()).startsWith("oidc-");
        assertThat(is.accounts.get(local.account().id()).roles()).containsExactly(Role.SYSTEM_ADMINISTRATOR);
    }

    private SignInOutcome provider(String subject, String username, Set<Role> roles) {
        return is.identity.signInThroughProvider("https://idp.example", subject, username, username, roles, CLIENT);
    }

    /** Sets up a second factor; its secret. */
    private static byte[] enrol(TestIdentity is, TestUsers.User user) {
        is.secondFactors.begin(user.account().id());
        confirm(is, user);
        return secret(is, user);
    }

    private static List<String> confirm(TestIdentity is, TestUsers.User user) {
        String code = Totp.code(secret(is, user), Totp.stepAt(is.clock.instant()));
        return is.secondFactors.confirm(user.account().id(), code, user.actor());
    }

    private static byte[] secret(TestIdentity is, TestUsers.User user) {
        byte[] sealed = is.database
                .jdbc()
                .sql("select sealed_secret from second_factor where account_id = :id")
                .param("id", user.account().id())
                .query(byte[].class)
                .single();
        try {
            return new SecretBox(new byte[32]).open(sealed, user.account().id());
        } catch (java.security.GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
