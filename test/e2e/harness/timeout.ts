import { jest } from "@jest/globals";

/** Timeout of a test, in milliseconds: long, because browsers are slow on a busy machine. Most waits inside the tests have shorter timeouts. */
jest.setTimeout(120_000);
