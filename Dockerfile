# openclaw-edge from this checkout: built in one stage, and only the package in the other.
#   docker compose up --build
# BASE_IMAGE: any image with Node 24.16 or newer, npm, and a user with id 1000.
ARG BASE_IMAGE=node:24-bookworm-slim

FROM ${BASE_IMAGE} AS build
# A registry of your own, where the public one can't be reached.
ARG NPM_CONFIG_REGISTRY
WORKDIR /source
COPY package.json package-lock.json .npmrc ./
# Without scripts: the pinned Node that one of them fetches is for machines with an older one.
RUN npm ci --ignore-scripts
COPY . .
RUN npm pack --ignore-scripts=false && mv openclaw-edge-*.tgz /openclaw-edge.tgz

FROM ${BASE_IMAGE}
ARG NPM_CONFIG_REGISTRY
RUN --mount=type=bind,from=build,source=/openclaw-edge.tgz,target=/openclaw-edge.tgz \
    npm install --global --omit=dev --no-audit --no-fund /openclaw-edge.tgz && npm cache clean --force \
 && install --directory --owner=1000 --group=1000 --mode=0700 /var/lib/openclaw-edge /certs
USER 1000:1000
WORKDIR /var/lib/openclaw-edge
ENV NODE_ENV=production \
    OPENCLAW_EDGE_STATE=/var/lib/openclaw-edge \
    OPENCLAW_EDGE_CERTS=/certs \
    OPENCLAW_EDGE_METRICS=127.0.0.1:9464
VOLUME ["/var/lib/openclaw-edge", "/certs"]
EXPOSE 80 443
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:9464/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["openclaw-edge"]
