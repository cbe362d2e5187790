import { longestAddress, openableAddress } from '../../protocol/threadsPage.ts'

/**
 * Where a link leads, written as it is sent: names of hosts in the letters that they have on the wire, so that one that only looks like
 * another is seen. Null: it leads nowhere that may be opened.
 */
export function readAddress(href: string): string | null {
  const url = URL.canParse(href) ? new URL(href) : null
  if (url === null || !openableAddress.test(url.href) || url.href.length > longestAddress) return null
  return url.href
}
