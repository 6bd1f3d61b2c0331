# The archive server, without an agent: docker build -f deploy/server.Dockerfile .
# The same Debian packages as ./tiezheng installs.
FROM debian:12 AS build
RUN apt-get update && apt-get install -y --no-install-recommends openjdk-17-jdk-headless maven npm ca-certificates
WORKDIR /src
COPY . .
RUN mvn -B -Dquick -DskipTests -pl verifier,archive-server -am package \
    && mkdir -p /app/lib && cp archive-server/target/archive-server-*.jar archive-server/target/lib/*.jar /app/lib/ \
    && cp verifier/target/tiezheng-verifier.jar /app/

FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends openjdk-17-jre-headless curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/tiezheng --create-home tiezheng \
    && chmod 0700 /var/lib/tiezheng
COPY --from=build /app /app
# Not root: the embedded PostgreSQL refuses to run as root, and nothing here needs it.
USER tiezheng
ENV TIEZHENG_HOME=/var/lib/tiezheng JAVA_TOOL_OPTIONS="-Djava.awt.headless=true -XX:+ExitOnOutOfMemoryError"
VOLUME /var/lib/tiezheng
EXPOSE 8080 8081
HEALTHCHECK --interval=15s --timeout=10s --start-period=120s CMD ["curl", "-fsS", "http://127.0.0.1:8080/health/ready"]
ENTRYPOINT ["java", "-Xmx1g", "-cp", "/app/lib/*", "org.tiezheng.archive.Main"]
CMD ["serve", "--address", "0.0.0.0", "--tiezheng.agent.enabled=false", "--tiezheng.replay.port=8081", "--tiezheng.evidence-page.verifier-jar=/app/tiezheng-verifier.jar"]
