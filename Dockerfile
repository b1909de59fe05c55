# One image for the three services and `migrate`: they share their libraries, and Node runs the TypeScript as it is.
# docker-compose.yml says which of them a container runs. Another one, `operations`, has the console as well.
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

FROM base AS whole
COPY --from=packages /app ./
COPY --from=sources /app ./

# What makes the console, and one file of each service, is in no image that runs.
FROM base AS built
COPY --from=manifests /app ./
RUN npm ci --ignore-scripts
COPY --from=sources /app ./
RUN npx vite build services/operations/app
RUN node tools/prepare.mjs

# The services, compiled by the user who runs them, of whom alone Node takes that; then it is root's, as all files are.
FROM whole AS compiled
COPY --from=built --chown=node /app/node_modules/.cache/logi node_modules/.cache/logi
USER node
RUN NODE_COMPILE_CACHE=node_modules/.cache/logi node --eval "import('@logi/service/process/bundle').then(({ loadService }) => \
  Promise.all(['booking', 'gateway', 'operations', 'tracking'].map((name) => \
    loadService('file:///app/services/' + name + '/src/main.ts'))))"
USER root
RUN chown -R root:root node_modules/.cache && chmod -R a+rX node_modules/.cache

# A service can't change its own code.
FROM whole AS services
COPY --from=compiled /app/node_modules/.cache node_modules/.cache
USER node

FROM services AS operations
COPY --from=built /app/services/operations/dist services/operations/dist

FROM services
