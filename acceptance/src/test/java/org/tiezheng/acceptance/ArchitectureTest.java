package org.tiezheng.acceptance;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;

/** The table of docs/architecture.md, held. */
@AnalyzeClasses(packages = "org.tiezheng", importOptions = ArchitectureTest.ShippedCode.class)
class ArchitectureTest {
    /** Main code only: neither test classes nor a module's test jar. */
    static final class ShippedCode implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("/test-classes/") && !location.contains("-tests.jar");
        }
    }

    private static final Set<String> CONNECTING = Set.of(
            "java.net.Socket",
            "java.net.ServerSocket",
            "java.net.DatagramSocket",
            "java.net.MulticastSocket",
            "java.net.URLConnection",
            "java.net.HttpURLConnection",
            "java.nio.channels.SocketChannel",
            "java.nio.channels.ServerSocketChannel",
            "java.nio.channels.DatagramChannel",
            "java.nio.channels.AsynchronousSocketChannel");

    /** Types that can open a connection, ours or a library's. */
    private static final DescribedPredicate<JavaClass> CONNECTS = describe(
            "can open a connection",
            type -> CONNECTING.contains(type.getName())
                    || type.getPackageName().startsWith("java.net.http")
                    || type.getPackageName().startsWith("javax.net")
                    || type.getPackageName().startsWith("io.netty.bootstrap")
                    || type.getPackageName().startsWith("io.netty.channel.socket")
                    || type.getPackageName().startsWith("org.netpreserve.jwarc.net"));

    @ArchTest
    static final ArchRule EVIDENCE_CONNECTS_ONLY_IN_THE_TIMESTAMP_CLIENT = noClasses()
            .that()
            .resideInAPackage("org.tiezheng.evidence..")
            .and()
            .resideOutsideOfPackage("org.tiezheng.evidence.time.http..")
            .should()
            .dependOnClassesThat(CONNECTS);

    @ArchTest
    static final ArchRule VERIFIER_IS_OFFLINE = noClasses()
            .that()
            .resideInAPackage("org.tiezheng.verifier..")
            .should()
            .dependOnClassesThat(CONNECTS)
            .orShould()
            .dependOnClassesThat()
            .resideInAPackage("org.tiezheng.evidence.time.http..");

    @ArchTest
    static final ArchRule VERIFIER_USES_ONLY_EVIDENCE = classes()
            .that()
            .resideInAPackage("org.tiezheng.verifier..")
            .should()
            .onlyDependOnClassesThat(describe(
                    "are its own, evidence's or a library's",
                    type -> !type.getPackageName().startsWith("org.tiezheng")
                            || type.getPackageName().startsWith("org.tiezheng.verifier")
                            || type.getPackageName().startsWith("org.tiezheng.evidence")));

    @ArchTest
    static final ArchRule EVIDENCE_DEPENDS_ON_NO_OTHER_MODULE = noClasses()
            .that()
            .resideInAPackage("org.tiezheng.evidence..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.tiezheng.verifier..", "org.tiezheng.capture..", "org.tiezheng.demo..");

    @ArchTest
    static final ArchRule CAPTURE_USES_NEITHER_VERIFIER_NOR_DEMO = noClasses()
            .that()
            .resideInAPackage("org.tiezheng.capture..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.tiezheng.verifier..", "org.tiezheng.demo..");

    @ArchTest
    static final ArchRule AUDITOR_KNOWS_NO_SERVER = noClasses()
            .that()
            .resideInAPackage("org.tiezheng.auditor..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.tiezheng.archive..", "org.tiezheng.capture..", "org.tiezheng.demo..", "java.sql..");

    @ArchTest
    static final ArchRule SERVER_DOES_NOT_RELY_ON_ITS_AUDITORS = noClasses()
            .that()
            .resideInAPackage("org.tiezheng.archive..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.tiezheng.auditor..");

    @ArchTest
    static final ArchRule NO_SPRING_YET = noClasses()
            .that()
            .resideOutsideOfPackage("org.tiezheng.archive..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.springframework..");
}
