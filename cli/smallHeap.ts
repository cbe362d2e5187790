import { setFlagsFromString } from 'node:v8'

/**
 * A run makes garbage by the gigabyte, and V8 takes what it can get for it: a young generation of 32 MB and more, and an old one of twice
 * what is alive. A terminal that judges a large file for hours takes half of that with a heap that is looked through earlier. The young
 * generation stays as large as it has become by now.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=50')
  setFlagsFromString('--semi-space-growth-factor=1')
}
