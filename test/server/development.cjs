// Lets guests in, unless a test sets another environment.
process.env.NODE_ENV = "development";
