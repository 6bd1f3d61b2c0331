# MinIO's last version, from its source: its project is archived and ships no images. The same revision as the tests build
# (storage/src/test/s3/minio). docs/storage.md says which servers were proved to lock, and what else to use.
FROM golang:1.24-bookworm AS build
RUN CGO_ENABLED=0 go install -trimpath -ldflags '-s -w' github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c

FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10003 --create-home --home-dir /data minio
COPY --from=build /go/bin/minio /usr/local/bin/minio
USER minio
VOLUME /data
EXPOSE 9000
HEALTHCHECK --interval=10s --timeout=5s CMD ["curl", "-fsS", "http://127.0.0.1:9000/minio/health/ready"]
ENTRYPOINT ["minio", "server", "/data/objects"]
