package org.tiezheng.archive.database;

import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Connections of one process that is killed at a chosen step. A step is what lasts in the database: a commit, or a statement that
 * changes rows outside a transaction. Killed before the step, it did not happen; killed after it, it did, and the process never
 * heard so. From then on the process does nothing more: whatever it asks for, in a {@code finally} too, is {@link Killed}.
 *
 * <p>To kill at every step there is, once before it and once after it, one process after the other:
 *
 * <pre>{@code
 * Set<String> deaths = new HashSet<>();
 * new Mortal(database.dataSource(), deaths::add)
 * }</pre>
 *
 * <p>One thread at a time.
 */
public final class Mortal implements DataSource {
    /** The process is dead. An error, so that nothing which handles faults handles it. */
    public static final class Killed extends Error {
        private static final long serialVersionUID = 1;

        private Killed(String at) {
            super(at);
        }
    }

    private static final Pattern WRITES =
            Pattern.compile("(insert into|delete from) \\w+|update \\w+( \\w)? set \\w+", Pattern.CASE_INSENSITIVE);

    private final DataSource real;
    private final Predicate<String> kills;
    private @Nullable String death;

    /**
     * @param kills asked at every step: {@code before insert into a; update b set c}, then {@code after} the same; each kind of
     *     statement of a transaction is named once
     */
    public Mortal(DataSource real, Predicate<String> kills) {
        this.real = real;
        this.kills = kills;
    }

    public JdbcClient jdbc() {
        return JdbcClient.create(this);
    }

    public TransactionTemplate transactions() {
        return new TransactionTemplate(new JdbcTransactionManager(this));
    }

    private void alive() {
        if (death != null) {
            throw new Killed(death);
        }
    }

    private interface Act {
        @Nullable
        Object run() throws Throwable;
    }

    private @Nullable Object step(Collection<String> written, Act act) throws Throwable {
        String step = String.join("; ", written);
        die("before " + step);
        Object result = act.run();
        die("after " + step);
        return result;
    }

    private void die(String at) {
        if (kills.test(at)) {
            death = at;
            throw new Killed(at);
        }
    }

    @Override
    public Connection getConnection() throws SQLException {
        alive();
        return new Session(real.getConnection()).proxy();
    }

    /** One connection, and what its transaction wrote. */
    private final class Session {
        private final Connection connection;
        private final Set<String> written = new LinkedHashSet<>();

        Session(Connection connection) {
            this.connection = connection;
        }

        Connection proxy() {
            return (Connection) Proxy.newProxyInstance(
                    Mortal.class.getClassLoader(), new Class<?>[] {Connection.class}, (self, method, arguments) -> {
                        String name = method.getName();
                        Act act = () -> call(() -> method.invoke(connection, arguments));
                        if (name.equals("close") || name.equals("rollback") || name.equals("isClosed")) {
                            // The server's side of a connection that broke.
                            written.clear();
                            return act.run();
                        }
                        if (death != null && name.equals("setAutoCommit")) {
                            return null;
                        }
                        alive();
                        if (name.equals("commit")) {
                            List<String> all = List.copyOf(written);
                            written.clear();
                            return all.isEmpty() ? act.run() : step(all, act);
                        }
                        if (name.equals("prepareStatement")) {
                            return statement((PreparedStatement) act.run(), (String) arguments[0]);
                        }
                        return act.run();
                    });
        }

        private PreparedStatement statement(PreparedStatement statement, String sql) {
            Matcher writes = WRITES.matcher(sql.strip().replaceAll("\\s+", " "));
            String kind = writes.lookingAt() ? writes.group() : "";
            return (PreparedStatement) Proxy.newProxyInstance(
                    Mortal.class.getClassLoader(),
                    new Class<?>[] {PreparedStatement.class},
                    (self, method, arguments) -> {
                        Act act = () -> call(() -> method.invoke(statement, arguments));
                        if (!method.getName().startsWith("execute")) {
                            return act.run();
                        }
                        alive();
                        if (kind.isEmpty()) {
                            return act.run();
                        }
                        if (connection.getAutoCommit()) {
                            return step(List.of(kind), act);
                        }
                        written.add(kind);
                        return act.run();
                    });
        }

        private static @Nullable Object call(Act act) throws Throwable {
            try {
                return act.run();
            } catch (InvocationTargetException thrown) {
                throw thrown.getCause();
            }
        }
    }

    @Override
    public Connection getConnection(String user, String password) {
        throw new UnsupportedOperationException();
    }

    @Override
    public PrintWriter getLogWriter() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void setLogWriter(PrintWriter out) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void setLoginTimeout(int seconds) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int getLoginTimeout() {
        return 0;
    }

    @Override
    public Logger getParentLogger() {
        throw new UnsupportedOperationException();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLException("not a wrapper for " + type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }
}
