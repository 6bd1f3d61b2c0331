package org.tiezheng.archive;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** How the packages of the server may depend on each other; the modules' rules are in the acceptance tests. */
@AnalyzeClasses(packages = "org.tiezheng.archive", importOptions = ImportOption.DoNotIncludeTests.class)
class PackagesTest {
    @ArchTest
    static final ArchRule NO_CYCLES_BETWEEN_CAPABILITIES =
            slices().matching("org.tiezheng.archive.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule DATABASE_AND_AUDIT_ARE_THE_GROUND = noClasses()
            .that()
            .resideInAnyPackage(
                    "org.tiezheng.archive.settings..",
                    "org.tiezheng.archive.database..",
                    "org.tiezheng.archive.audit..")
            .should()
            .dependOnClassesThat()
            .resideOutsideOfPackages(
                    "org.tiezheng.archive.settings..",
                    "org.tiezheng.archive.database..",
                    "org.tiezheng.archive.audit..",
                    // Digests and files that outlive a crash: not written twice.
                    "org.tiezheng.evidence..",
                    "java..",
                    "javax..",
                    "org.springframework..",
                    "org.jspecify..",
                    "org.slf4j..",
                    "org.flywaydb..",
                    "org.postgresql..",
                    "com.zaxxer.hikari..",
                    "com.google.errorprone..",
                    "org.apache.commons.compress..",
                    "org.tukaani..",
                    "tools.jackson..");

    /** What an agent is made of is not the server's business. */
    @ArchTest
    static final ArchRule SERVER_USES_OF_THE_AGENT_ONLY_ITS_DOOR = noClasses()
            .that()
            .resideInAPackage("org.tiezheng.archive..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.tiezheng.capture.browser..", "org.tiezheng.capture.wire..", "org.tiezheng.capture.record..");
}
