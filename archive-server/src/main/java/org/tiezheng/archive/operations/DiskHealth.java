package org.tiezheng.archive.operations;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.springframework.util.unit.DataSize;

/** Room on the disk of the data folder. */
final class DiskHealth implements HealthPart {
    private final Path folder;
    private final DataSize needed;
    private final DataSize wanted;

    DiskHealth(Path folder, OperationsSettings settings) {
        this.folder = folder;
        this.needed = settings.diskNeeded();
        this.wanted = settings.diskWanted();
    }

    @Override
    public String name() {
        return "disk";
    }

    @Override
    public boolean isRequired() {
        return true;
    }

    @Override
    public Health look() throws IOException {
        long free = Files.getFileStore(folder).getUsableSpace();
        String gigabytes = String.format(Locale.ROOT, "%.1f GB", free / 1e9);
        if (free < needed.toBytes()) {
            return Health.down("full", gigabytes);
        }
        return free < wanted.toBytes() ? Health.degraded("short", gigabytes) : Health.up("ok", gigabytes);
    }
}
