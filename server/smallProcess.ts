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

/**
 * A run makes garbage by the gigabyte. Left alone, V8 lets the heap grow to two or three times of what is alive before it looks, which
 * is most of what a long run takes beside what it keeps of its items; half as much again costs a few hundredths of its time.
 */
export function collectEarly(): void {
  setFlagsFromString('--heap-growing-percent=50')
}
