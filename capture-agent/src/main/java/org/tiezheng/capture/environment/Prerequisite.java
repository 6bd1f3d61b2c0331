package org.tiezheng.capture.environment;

import org.jspecify.annotations.Nullable;

/**
 * Something a capture needs from the machine.
 *
 * @param name stable word: {@code java}, {@code chromium}, {@code chromedriver}, {@code ffmpeg}, {@code cjk-fonts}, {@code sandbox}, {@code
 *     disk}
 * @param found what is there: a version, a count, an amount; null if nothing
 * @param ok whether that will do
 * @param required false if a capture works without it, only with less (no video, no pictures of Chinese text)
 * @param fixKey key of the text that says what to do, in the bundle {@code org.tiezheng.capture.environment.prerequisites}; arguments:
 *     none
 */
public record Prerequisite(String name, @Nullable String found, boolean ok, boolean required, String fixKey) {

    static Prerequisite of(String name, @Nullable String found, boolean ok, boolean required) {
        return new Prerequisite(name, found, ok, required, name + ".fix");
    }
}
