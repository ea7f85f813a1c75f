# Parley in a container: docker build -t parley . && docker run --rm -e OPENAI_API_KEY -p 6030:6030 parley
# The base image is published for amd64 and arm64.
FROM denoland/deno:2.9.6

# The uid of AVR's own images, so that files mounted for them can be read here as well.
RUN useradd --uid 1000 --user-group --no-create-home --home-dir /usr/src/app parley

WORKDIR /usr/src/app
ENV SIMULATOR=never \
    PORT=6030 \
    DENO_DIR=/deno-dir \
    DENO_NO_UPDATE_CHECK=1 \
    DENO_NO_PROMPT=1 \
    NO_COLOR=1

# The packages change seldom: a layer of their own.
COPY deno.json deno.lock ./
COPY lib/std lib/std
COPY lib/console/page/deno.json lib/console/page/
RUN deno ci

COPY LICENSE THIRD_PARTY.md main.ts ./
COPY deploy/healthcheck.ts deploy/
COPY lib lib
COPY personas personas
COPY samples samples
RUN deno cache --frozen main.ts lib/permissions.ts deploy/healthcheck.ts personas/*.ts

# All of it belongs to root: the service can read it and change nothing.
# It writes nowhere else either: with a read-only root no volume is needed.
USER 1000
EXPOSE 6030
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=3s --timeout=2s --start-period=5s --retries=3 \
    CMD deno run --quiet --cached-only --allow-net=127.0.0.1 deploy/healthcheck.ts "http://127.0.0.1:$PORT/healthz"

# As `deno task start`: first the flags that this configuration needs, then the service with these and no more. Collecting
# garbage in the thread that speaks, in small steps, beats a second thread that takes half of its core for a tenth of a second.
CMD ["sh", "-c", "flags=$(deno run --quiet --allow-read --allow-env lib/permissions.ts) && exec deno run --v8-flags=--single-threaded-gc $flags main.ts"]
