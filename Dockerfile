# The server. Build in a clone: docker build --tag babylon-rtc-server .
FROM node:22-alpine AS build
WORKDIR /build
COPY package.json package-lock.json tsconfig.base.json ./
COPY server/package.json server/
RUN npm ci --workspace babylon-rtc-server --ignore-scripts
COPY protocol protocol
COPY server server
RUN npx tsc --build server

FROM node:22-alpine AS packages
WORKDIR /app
COPY package.json package-lock.json ./
COPY server/package.json server/
RUN npm ci --workspace babylon-rtc-server --omit=dev --omit=optional --ignore-scripts

FROM node:22-alpine
WORKDIR /app
ENV NODE_ENV=production
COPY --from=packages /app ./
COPY --from=build /build/server/dist server/dist
USER node
EXPOSE 9000
# Docker alone only reports the state; orchestrators and load balancers act on it.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD wget -q -O /dev/null http://127.0.0.1:9000/ready || exit 1
# Without a shell, so that SIGTERM reaches the server, which then drains.
ENTRYPOINT ["node", "server/dist/server/src/cli.js"]
# By default, Docker kills the process 10 s after SIGTERM.
CMD ["--log-format", "json", "--log-level", "info", "--drain-seconds", "5"]
