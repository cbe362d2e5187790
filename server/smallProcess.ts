import { setFlagsFromString } from 'node:v8'

/**
 * Functions of SQLite that are called often would be compiled again in the background, better. One of them alone needs 14 MB for that,
 * which the allocator keeps for good; sums over large tables take a third longer without it, and a change or a look-up does not.
 * A flag that V8 does not know is passed over.
 */
export function keepFirstCompilation(): void {
  setFlagsFromString('--no-wasm-tier-up')
  setFlagsFromString('--no-wasm-dynamic-tiering')
}
