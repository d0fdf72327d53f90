# An OpenClaw Gateway from npm, for docker-compose.yml. Bring an image of your own with GATEWAY_IMAGE where you have one.
ARG BASE_IMAGE=node:24-bookworm-slim
FROM ${BASE_IMAGE}
ARG OPENCLAW_VERSION=2026.9.6
ARG NPM_CONFIG_REGISTRY
RUN npm install --global --omit=optional --no-audit --no-fund openclaw@${OPENCLAW_VERSION} && npm cache clean --force \
 && install --directory --owner=1000 --group=1000 --mode=0700 /home/node/.openclaw
USER 1000:1000
ENV HOME=/home/node NODE_ENV=production
WORKDIR /home/node
VOLUME ["/home/node/.openclaw"]
EXPOSE 18789
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:18789/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["openclaw", "gateway", "run"]
