/** Placeholder of the shape; the real file follows. */
export interface Transport {
  readonly fetch: typeof fetch
}
