# A capture agent: docker build -f deploy/agent.Dockerfile .
FROM debian:12 AS build
RUN apt-get update && apt-get install -y --no-install-recommends openjdk-17-jdk-headless maven ca-certificates
WORKDIR /src
COPY . .
RUN mvn -B -Dquick -DskipTests -pl capture-agent -am package \
    && mkdir -p /app/lib && cp capture-agent/target/capture-agent-*.jar capture-agent/target/lib/*.jar /app/lib/

FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
        openjdk-17-jre-headless chromium chromium-driver chromium-sandbox ffmpeg \
        fonts-noto-cjk fonts-noto-color-emoji fontconfig util-linux procps \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10002 --home-dir /var/lib/tiezheng --create-home tiezheng \
    && chmod 0700 /var/lib/tiezheng
COPY --from=build /app /app
USER tiezheng
ENV TIEZHENG_HOME=/var/lib/tiezheng
VOLUME /var/lib/tiezheng
ENTRYPOINT ["java", "-Xmx512m", "-XX:+UseSerialGC", "-Djava.awt.headless=true", "-cp", "/app/lib/*", "org.tiezheng.capture.Main"]
CMD ["agent", "--help"]
