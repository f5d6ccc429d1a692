import { jest } from "@jest/globals";

/** Browsers are slow on a busy machine. Every wait inside the tests has a shorter timeout of its own. */
jest.setTimeout(120_000);
