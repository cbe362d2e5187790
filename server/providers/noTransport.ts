import type { Transport } from './transport.ts'

/** For providers that call nobody: the real one need not be loaded. */
export const noTransport: Transport = {
  open() {
    throw new Error('A provider without an endpoint made a call')
  },
  now: () => Date.now(),
  close: async () => {},
}
