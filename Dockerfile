# One image for the three services and `migrate`: they share their libraries, and Node runs the TypeScript as it is.
# docker-compose.yml says which of them a container runs.
ARG NODE_IMAGE=node:24.21-bookworm-slim
FROM ${NODE_IMAGE} AS base
WORKDIR /app

FROM base AS sources
COPY . .
# The container's user must be able to read what was cloned under a strict umask.
RUN chmod -R a+rX .

# Packages are installed from the manifests alone, so that a change in the sources doesn't install them again.
FROM base AS manifests
COPY --from=sources /app ./
RUN find . -type f ! -name 'package*.json' ! -name .npmrc -delete && find . -type d -empty -delete

FROM base AS packages
COPY --from=manifests /app ./
# The optional packages are Node itself, for hosts that have an older one.
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM base
COPY --from=packages /app ./
COPY --from=sources /app ./
# All files belong to root: a service can't change its own code.
USER node
