package org.tiezheng.auditor.audit;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.tiezheng.evidence.register.RegisterField;
import org.tiezheng.evidence.register.RegisterRow;

/** Rows of a register in buckets by package, as {@link LogCheck} cuts the entries of packages. */
final class RegisterRows {
    /** Of the register that is compared with the archive. */
    static final String NEWEST = "register";

    private RegisterRows() {}

    static void write(DataOutputStream out, RegisterRow row) throws IOException {
        out.writeLong(row.number());
        out.writeLong(row.id().getMostSignificantBits());
        out.writeLong(row.id().getLeastSignificantBits());
        out.writeByte(row.fields().size());
        for (Map.Entry<RegisterField, String> field : row.fields().entrySet()) {
            byte[] value = field.getValue().getBytes(StandardCharsets.UTF_8);
            out.writeByte(field.getKey().ordinal());
            out.writeInt(value.length);
            out.write(value);
        }
    }

    private static RegisterRow read(long number, DataInputStream in) throws IOException {
        UUID id = new UUID(in.readLong(), in.readLong());
        Map<RegisterField, String> fields = new EnumMap<>(RegisterField.class);
        for (int left = in.readByte(); left > 0; left--) {
            RegisterField field = RegisterField.values()[in.readByte()];
            fields.put(field, new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8));
        }
        return new RegisterRow(number, id, fields);
    }

    /** The rows of a bucket; none if there is no such register. */
    static List<RegisterRow> all(Path folder, String name, int bucket) throws IOException {
        List<RegisterRow> rows = new ArrayList<>();
        if (!Files.exists(folder.resolve(name + "-" + bucket))) {
            return rows;
        }
        try (DataInputStream in = Buckets.open(folder, name, bucket)) {
            while (true) {
                long number;
                try {
                    number = in.readLong();
                } catch (EOFException end) {
                    return rows;
                }
                rows.add(read(number, in));
            }
        }
    }

    /** As {@link #all}, by package; of two rows of one package the first. */
    static Map<UUID, RegisterRow> byPackage(Path folder, String name, int bucket) throws IOException {
        Map<UUID, RegisterRow> rows = new HashMap<>();
        for (RegisterRow row : all(folder, name, bucket)) {
            rows.putIfAbsent(row.id(), row);
        }
        return rows;
    }

    /** For people. */
    static String subject(RegisterRow row) {
        return "row " + row.number() + " of package " + row.id();
    }
}
