package org.tiezheng.archive;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.tiezheng.archive.command.Console;

/**
 * The archive server and the commands beside it: {@code archive-server [serve|verify-chain|backup|restore] …}.
 *
 * <p>{@code DatabaseConfiguration} migrates with another role than the application's, so Spring Boot's own migration is off.
 */
@SpringBootApplication(exclude = FlywayAutoConfiguration.class)
@ConfigurationPropertiesScan
public class Main {
    public static void main(String[] arguments) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
        System.exit(new Console(out, err, System.getenv(), Clock.systemUTC()).run(Main.class, arguments));
    }
}
