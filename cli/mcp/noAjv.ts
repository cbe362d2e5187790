import process from 'node:process'

export { process }

/** Stands in for ajv in the bundle of the SDK: a server checks by ajv only what it asked its client to fill in, and ours asks nothing. */
export class DefaultJsonSchemaValidator {
  getValidator(): never {
    throw new Error('no schema is checked here')
  }
}
