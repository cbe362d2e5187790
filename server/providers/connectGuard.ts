import { lookup as lookupName } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { buildConnector } from 'undici'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { localizable, toEnglish } from '../../shared/message.ts'

export interface ResolvedAddress {
  address: string
  family: number
}

/** All addresses of a host name. */
export type ResolveName = (hostname: string) => Promise<ResolvedAddress[]>

export class BlockedAddressError extends Error {
  readonly code = 'ERR_BLOCKED_ADDRESS'
  readonly why: LocalizableMessage
  constructor(why: LocalizableMessage) {
    super(`blocked address: ${toEnglish(why)}`)
    this.why = why
  }
}

/** Where clouds keep credentials of the machine, besides the link-local range. Loopback and private networks stay allowed: models live there. */
const metadataAddresses = ['100.100.100.200', '168.63.129.16', '192.0.0.192', 'fd20:ce::254']
/** All that Amazon hands out locally over IPv6: the machine's credentials, those of a pod (EKS), time and names. */
const amazonLocal = ipaddr.parseCIDR('fd00:ec2::/32') as [ipaddr.IPv6, number]
const metadataNames = new Set(['metadata.google.internal', 'metadata.goog', 'instance-data.ec2.internal'])
const metadataParsed = metadataAddresses.map((address) => ipaddr.parse(address).toNormalizedString())

/** Why an address must never be called, in words; null when it may. */
export function whyBlocked(address: string): LocalizableMessage | null {
  const unscoped = address.split('%')[0] ?? address
  if (!ipaddr.isValid(unscoped)) return localizable('it is not an IP address')
  const parsed = embeddedV4(ipaddr.parse(unscoped))
  const range = parsed.range()
  if (range === 'linkLocal') return localizable('{0} is link-local, where clouds keep machine credentials', address)
  if (range === 'unspecified') return localizable('{0} is an address to listen on; call 127.0.0.1 instead', address)
  if (range === 'multicast' || range === 'broadcast') return localizable('{0} is not a single machine', address)
  if (parsed.kind() === 'ipv4' && parsed.toByteArray()[0] === 0) return localizable('{0} is not a machine', address)
  const isAmazonLocal = parsed.kind() === 'ipv6' && (parsed as ipaddr.IPv6).match(amazonLocal)
  return isAmazonLocal || metadataParsed.includes(parsed.toNormalizedString())
    ? localizable('{0} is a cloud metadata address', address)
    : null
}

/** RFC 4380: its last four bytes are the address of the machine behind the tunnel, each bit turned over. */
function teredoClient(bytes: readonly number[]): ipaddr.IPv4 {
  return ipaddr.fromByteArray(bytes.slice(12).map((byte) => byte ^ 0xff)) as ipaddr.IPv4
}

/** An IPv6 address may carry an IPv4 one: mapped, compatible, translated (NAT64) or tunnelled (6to4, Teredo, ISATAP). */
function embeddedV4(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  if (address.kind() === 'ipv4') return address
  const v6 = address as ipaddr.IPv6
  if (v6.isIPv4MappedAddress()) return v6.toIPv4Address()
  const bytes = v6.toByteArray()
  const isCompatible = bytes.slice(0, 12).every((byte) => byte === 0) && bytes.slice(12, 15).some((byte) => byte !== 0)
  const isTranslated = v6.range() === 'rfc6052' || v6.range() === 'rfc6145'
  if (isCompatible || isTranslated) return ipaddr.fromByteArray(bytes.slice(12))
  if (v6.range() === 'teredo') return teredoClient(bytes)
  // ISATAP (RFC 5214): 0000:5efe or 0200:5efe before the last four bytes.
  if ((bytes[8] === 0 || bytes[8] === 2) && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe)
    return ipaddr.fromByteArray(bytes.slice(12))
  return v6.range() === '6to4' ? ipaddr.fromByteArray(bytes.slice(2, 6)) : v6
}

export async function resolveName(hostname: string): Promise<ResolvedAddress[]> {
  return await lookupName(hostname, { all: true, verbatim: true })
}

/** RFC 6761: names under localhost are this machine. Both families, because servers listen on either. */
function loopbackAddresses(hostname: string): ResolvedAddress[] | null {
  const name = hostname.toLowerCase().replace(/\.$/, '')
  if (name !== 'localhost' && !name.endsWith('.localhost')) return null
  return [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ]
}

/**
 * Resolves and judges in one step. The addresses judged are the ones the socket connects to, so that a name cannot
 * resolve to something else between the check and the connection; one bad address condemns the name.
 */
export async function resolveAllowed(hostname: string, resolve: ResolveName): Promise<ResolvedAddress[]> {
  if (metadataNames.has(hostname.toLowerCase().replace(/\.$/, ''))) {
    throw new BlockedAddressError(localizable('{0} is a cloud metadata service', hostname))
  }
  const addresses = loopbackAddresses(hostname) ?? (await resolve(hostname))
  for (const { address } of addresses) {
    const why = whyBlocked(address)
    if (why !== null)
      throw new BlockedAddressError(address === hostname ? why : localizable('{0} resolves to {1}', hostname, why))
  }
  return addresses
}

/** Connects like undici does (`build` is its `buildConnector`), but only to allowed addresses. */
export function guardConnector(
  build: typeof buildConnector,
  resolve: ResolveName,
  { timeoutMs, ...tls }: { timeoutMs: number; ca?: string[] },
): buildConnector.connector {
  const lookup: LookupFunction = (hostname, options, callback) => {
    resolveAllowed(hostname, resolve).then(
      (addresses) => answerLookup(addresses, hostname, options.all === true, callback),
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    )
  }
  // Said here, since NODE_TLS_REJECT_UNAUTHORIZED=0 would switch it off without a word: a folder can set that for a terminal. An
  // authority of one's own is named by NODE_EXTRA_CA_CERTS.
  const connect = build({ timeout: timeoutMs, lookup, autoSelectFamily: true, rejectUnauthorized: true, ...tls })
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '')
    // The lookup is not asked about literal addresses.
    const why = isIP(host) === 0 ? null : whyBlocked(host)
    if (why !== null) callback(new BlockedAddressError(why), null)
    else connect(options, callback)
  }
}

/** What can be known of a host that somebody else resolves, a proxy: only what its name is. */
export function assertAllowedName(hostname: string): void {
  const host = hostname.toLowerCase().replace(/^\[|\]$|\.$/g, '')
  const why = metadataNames.has(host)
    ? localizable('{0} is a cloud metadata service', host)
    : isIP(host) === 0
      ? whyBlockedWithin(host)
      : whyBlocked(host)
  if (why !== null) throw new BlockedAddressError(why)
}

/** Public name servers answer names such as 169-254-169-254.nip.io or a9fea9fe.nip.io with the address in them. */
function whyBlockedWithin(host: string): LocalizableMessage | null {
  const quads = [...host.matchAll(/(?<![0-9])(\d{1,3})[.-](\d{1,3})[.-](\d{1,3})[.-](\d{1,3})(?![0-9])/g)].map((quad) =>
    quad.slice(1).join('.'),
  )
  const words = [
    ...host.matchAll(/(?<![0-9a-z])([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})(?![0-9a-z])/g),
  ].map((word) =>
    word
      .slice(1)
      .map((byte) => Number.parseInt(byte, 16))
      .join('.'),
  )
  for (const address of [...quads, ...words]) {
    const why = ipaddr.isValid(address) ? whyBlocked(address) : null
    if (why !== null) return localizable('{0} resolves to {1}', host, why)
  }
  return null
}

function answerLookup(
  addresses: ResolvedAddress[],
  hostname: string,
  all: boolean,
  callback: Parameters<LookupFunction>[2],
): void {
  const first = addresses[0]
  if (!first) {
    callback(Object.assign(new Error(`no address of ${hostname}`), { code: 'ENOTFOUND' }), '', 0)
  } else if (all) {
    callback(null, addresses)
  } else {
    callback(null, first.address, first.family)
  }
}
