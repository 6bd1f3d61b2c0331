package org.tiezheng.verifier;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The verifier sees only the format, its command line parser and its JSON library, and it stays offline. */
@AnalyzeClasses(packages = "org.tiezheng.verifier", importOptions = ImportOption.DoNotIncludeTests.class)
class OfflineTest {
    @ArchTest
    static final ArchRule usesOnlyTheFormat = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java..",
                    "org.tiezheng.verifier..",
                    "org.tiezheng.evidence..",
                    "picocli..",
                    "tools.jackson..",
                    "org.jspecify..",
                    "com.google.errorprone.annotations..");

    @ArchTest
    static final ArchRule staysOffline = noClasses()
            .should()
            .dependOnClassesThat(networking()
                    .or(resideInAnyPackage(
                            "java.net.http..",
                            "javax.net..",
                            "java.rmi..",
                            "io.netty.channel..",
                            "io.netty.bootstrap..",
                            "org.tiezheng.evidence.time.http..")));

    /** All of java.net but what only takes addresses apart. */
    private static DescribedPredicate<JavaClass> networking() {
        return DescribedPredicate.describe(
                "open connections",
                c -> c.getPackageName().equals("java.net")
                                && !c.getSimpleName().equals("URI")
                                && !c.getSimpleName().equals("URISyntaxException")
                        || c.getName().equals("java.nio.channels.SocketChannel")
                        || c.getName().equals("java.nio.channels.ServerSocketChannel")
                        || c.getName().equals("java.nio.channels.DatagramChannel")
                        || c.getName().equals("java.nio.channels.AsynchronousSocketChannel"));
    }
}
