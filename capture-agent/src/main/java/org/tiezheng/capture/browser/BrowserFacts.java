package org.tiezheng.capture.browser;

import java.util.List;

/**
 * What ran, for the record.
 *
 * @param product for example {@code Chrome/156.0.8078.79}
 * @param revision source revision, {@code @} and a hash
 * @param userAgent sent to the shop
 * @param v8 version of the script engine
 * @param driverVersion of chromedriver
 * @param arguments Chromium's full command line, as the kernel has it
 * @param driverArguments chromedriver's, with the wrapper that drops privileges
 * @param programs the binaries that were started
 * @param device what the shop sees
 * @param sandbox as verified
 * @param trustedSpki public keys whose certificate errors were ignored
 * @param recordInvalidTls certificate errors were let pass altogether
 * @param gpu renderer string, for example SwiftShader
 */
public record BrowserFacts(
        String product,
        String revision,
        String userAgent,
        String v8,
        String driverVersion,
        List<String> arguments,
        List<String> driverArguments,
        BrowserPrograms programs,
        DeviceProfile device,
        SandboxState sandbox,
        List<String> trustedSpki,
        boolean recordInvalidTls,
        String gpu) {

    public BrowserFacts {
        arguments = List.copyOf(arguments);
        driverArguments = List.copyOf(driverArguments);
        trustedSpki = List.copyOf(trustedSpki);
    }
}
