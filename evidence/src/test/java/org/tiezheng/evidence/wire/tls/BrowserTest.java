package org.tiezheng.evidence.wire.tls;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.tiezheng.evidence.wire.Direction.CLIENT_TO_SERVER;
import static org.tiezheng.evidence.wire.Direction.SERVER_TO_CLIENT;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.evidence.wire.Recorded;
import org.tiezheng.evidence.wire.TlsFacts;

/** What the recorder is for: Chromium and an HTTP/2 server. */
class BrowserTest {
    private static final byte[] PAGE = ("<!doctype html><meta charset=utf-8><link rel=icon href='data:,'><p>铁证"
                    + "</p><img src=/a><img src=/b>"
                    + "<!-- " + "x".repeat(40_000) + " -->")
            .getBytes(UTF_8);

    @TempDir
    Path dir;

    @Test
    void aPageThatChromiumLoadsIsDecryptedHereAndByTshark() throws Exception {
        Tool.run(
                dir,
                ("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem"
                                + " -subj /CN=shop.example -days 2")
                        .split(" "));
        Path spool = dir.resolve("spool.pcapng");
        Path keys = dir.resolve("keys.log");
        String dom;
        int port;
        try (Http2Server server = new Http2Server(dir);
                RecordingTee tee = new RecordingTee(spool, server.port())) {
            port = server.port();
            dom = browse("https://127.0.0.1:" + tee.port() + "/page", keys);
        }
        assertThat(dom).contains("<p>");
        Path file = Decoded.finish(spool, keys);

        Decoded decoded = Decoded.of(file);
        assertThat(decoded.undecoded).isEmpty();
        List<Integer> used = List.copyOf(decoded.plain.keySet());
        assertThat(used).isNotEmpty();
        Recorded.Stream stream = decoded.plain.get(used.get(0));
        assertThat(stream.text(CLIENT_TO_SERVER)).startsWith("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        assertThat(stream.text(SERVER_TO_CLIENT)).contains("x".repeat(10_000));
        TlsFacts facts = decoded.factsAtOpening.get(used.get(0));
        assertThat(facts.version()).isEqualTo("tls/1.3");
        assertThat(facts.alpn()).isEqualTo("h2");
        assertThat(facts.keyProved()).isTrue();
        assertThat(facts.chain()).hasSize(1);

        String seen = Tool.run(
                dir,
                ("tshark -r " + file + " -d tcp.port==" + port + ",tls -Y http2.headers"
                                + " -T fields -e http2.headers.path -e http2.headers.status")
                        .split(" "));
        assertThat(seen).contains("/page", "/a", "/b", "200");
    }

    /** X25519MLKEM768 needs a server newer than the JDK's and OpenSSL's: Chromium 156 and Go 1.26, recorded once. */
    @Test
    void aPostQuantumHandshakeIsDecrypted() throws Exception {
        byte[] file;
        try (var in = BrowserTest.class.getResourceAsStream("WireFuzzTestInputs/pcapng/chromium156-go126.pcapng")) {
            file = java.util.Objects.requireNonNull(in).readAllBytes();
        }
        Decoded decoded = Decoded.of(file);
        assertThat(decoded.undecoded).isEmpty();
        assertThat(decoded.factsAtOpening.values()).isNotEmpty().allSatisfy(facts -> {
            assertThat(facts.group()).isEqualTo("X25519MLKEM768");
            assertThat(facts.keyProved()).isTrue();
            assertThat(facts.alpn()).isEqualTo("h2");
        });
    }

    private String browse(String url, Path keys) throws Exception {
        List<String> command =
                new ArrayList<>(List.of("chromium", "--headless=new", "--disable-gpu", "--no-first-run"));
        command.add("--no-sandbox"); // tests may run as root; the page is our own
        command.add("--disable-quic");
        command.add("--disable-background-networking");
        command.add("--ignore-certificate-errors");
        command.add("--user-data-dir=" + dir.resolve("profile"));
        command.add("--ssl-key-log-file=" + keys);
        command.add("--dump-dom");
        command.add(url);
        return Tool.run(dir, command.toArray(String[]::new));
    }

    /** Answers every request with the page. */
    private static final class Http2Server implements AutoCloseable {
        private final MultiThreadIoEventLoopGroup threads =
                new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        private final Channel channel;

        Http2Server(Path dir) throws Exception {
            SslContext tls = SslContextBuilder.forServer(
                            dir.resolve("cert.pem").toFile(),
                            dir.resolve("key.pem").toFile())
                    .sslProvider(SslProvider.JDK)
                    .applicationProtocolConfig(new ApplicationProtocolConfig(
                            ApplicationProtocolConfig.Protocol.ALPN,
                            ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                            ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                            "h2"))
                    .build();
            channel = new ServerBootstrap()
                    .group(threads)
                    .channel(NioServerSocketChannel.class)
                    .childHandler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel connection) {
                            connection
                                    .pipeline()
                                    .addLast(tls.newHandler(connection.alloc()))
                                    .addLast(Http2FrameCodecBuilder.forServer().build())
                                    .addLast(new Http2MultiplexHandler(answers()));
                        }
                    })
                    .bind(InetAddress.getLoopbackAddress(), 0)
                    .sync()
                    .channel();
        }

        private static ChannelInitializer<Channel> answers() {
            return new ChannelInitializer<>() {
                @Override
                protected void initChannel(Channel stream) {
                    stream.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                        @Override
                        public void channelRead(ChannelHandlerContext context, Object frame) {
                            if (frame instanceof Http2HeadersFrame) {
                                DefaultHttp2Headers headers = new DefaultHttp2Headers();
                                headers.status("200").set("content-type", "text/html");
                                context.write(new DefaultHttp2HeadersFrame(headers, false));
                                context.writeAndFlush(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(PAGE), true));
                            }
                        }
                    });
                }
            };
        }

        int port() {
            return ((InetSocketAddress) channel.localAddress()).getPort();
        }

        @Override
        public void close() throws Exception {
            channel.close().sync();
            threads.shutdownGracefully(0, 5, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
        }
    }
}
