/**
 * The sealed package, an ASiC-E container: {@code <id>.asice}.
 *
 * <p>Read {@code docs/format.md}, "Container" and "Manifests", first. {@link org.tiezheng.evidence.asic.PackageContent} says
 * what is sealed (the WACZ and the four small files around it), {@link org.tiezheng.evidence.asic.AsicManifest} names the
 * digests a signature or token covers, {@link org.tiezheng.evidence.asic.AsicContainer} puts all of it into one file.
 * Signing and stamping is the work of {@code evidence.seal}.
 *
 * <p>Source: ETSI EN 319 162-1 V1.1.1 (ASiC baseline containers), section 4.4 and annex A.
 */
@NullMarked
package org.tiezheng.evidence.asic;

import org.jspecify.annotations.NullMarked;
