package org.tiezheng.evidence.wire;

import java.net.InetSocketAddress;
import java.time.Instant;

/**
 * One relayed TCP connection as network.pcapng shows it.
 *
 * @param number 1 for the first conversation in the file, then ascending in order of opening
 * @param client synthetic address on the agent's side: 10.0.0.1 or fd00::1, a port unique in the file
 * @param server address the relay really connected to
 * @param opened when the connection stood, UTC
 */
public record Conversation(int number, InetSocketAddress client, InetSocketAddress server, Instant opened) {}
