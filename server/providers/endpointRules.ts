import * as z from 'zod'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { ownIssue } from '../../shared/describe/issue.ts'
import { localizable } from '../../shared/message.ts'

export type EndpointCheck = { ok: true; url: string } | { ok: false; problem: LocalizableMessage }

/**
 * Whether a text may be the base of an endpoint; `url` has no trailing slash.
 * `apart`: the port is a field of its own and may not stand in the text.
 */
export function checkBaseUrl(text: string, port: 'inside' | 'apart'): EndpointCheck {
  const trimmed = text.trim()
  const problem = problemOfText(trimmed, port)
  if (problem !== null) return { ok: false, problem }
  if (!URL.canParse(trimmed)) return { ok: false, problem: localizable('it is not a valid address') }
  const url = new URL(trimmed)
  if (url.username !== '' || url.password !== '') return { ok: false, problem: noCredentials }
  if (url.port === '0') return { ok: false, problem: localizable('the port has to be from 1 to 65535') }
  return { ok: true, url: `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}` }
}

const noCredentials = localizable('it must not contain a user name or password; the key is set separately')

/** What has to be judged on the text itself, because parsing would quietly repair it. */
function problemOfText(text: string, port: 'inside' | 'apart'): LocalizableMessage | null {
  if (!/^https?:\/\/[^/]/i.test(text)) return localizable('it has to begin with http:// or https:// and a host')
  if (/[\s\\\p{Cc}]/u.test(text)) return localizable('it must not contain spaces, line breaks or backslashes')
  if (text.includes('?')) return localizable('it must not contain a query')
  if (text.includes('#')) return localizable('it must not contain a fragment')
  const authority = text.replace(/^https?:\/\//i, '').split('/')[0] ?? ''
  if (authority.includes('@')) return noCredentials
  // The colons of an IPv6 address stand in brackets.
  const written = authority.match(/^(?:\[[^\]]*\]|[^:[]*):(.*)$/)?.[1]
  if (written === undefined) return null
  if (port === 'apart') return localizable('the port has a field of its own')
  return /^\d{1,5}$/.test(written) && Number(written) >= 1 && Number(written) <= 65_535
    ? null
    : localizable('the port has to be from 1 to 65535')
}

/** Adds the port that has a field of its own. */
export function withPort(baseUrl: string, port: number): string {
  const url = new URL(baseUrl)
  url.port = String(port)
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`
}

export function isLoopback(endpoint: string): boolean {
  const host = new URL(endpoint).hostname.replace(/\.$/, '')
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d+){3}$/.test(host)
}

/** On this machine, or at an address that is not of the public internet. */
export function isInOwnNetwork(endpoint: string): boolean {
  const host = new URL(endpoint).hostname.replace(/\.$/, '')
  return (
    isLoopback(endpoint) ||
    isPrivateAddress(host) ||
    /\.(?:local|lan|internal|home\.arpa)$/.test(host) ||
    /^[^.:[]+$/.test(host)
  )
}

/** RFC 1918, 3927 and 6598, and of IPv6 unique and link local addresses, and those of RFC 1918 in its form. */
function isPrivateAddress(host: string): boolean {
  const mapped = /^\[::ffff:([\da-f]{1,4}):([\da-f]{1,4})\]$/.exec(host)
  if (mapped) {
    const [high, low] = [Number.parseInt(mapped[1] ?? '', 16), Number.parseInt(mapped[2] ?? '', 16)]
    return isInOwnNetwork(`http://${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`)
  }
  if (/^\[(?:f[cd]|fe[89ab])/.test(host)) return true
  const [first = -1, second = -1] = /^\d+(?:\.\d+){3}$/.test(host) ? host.split('.').map(Number) : []
  if (first === 172) return second >= 16 && second <= 31
  if (first === 100) return second >= 64 && second <= 127
  return first === 10 || host === '0.0.0.0' || (first === 192 && second === 168) || (first === 169 && second === 254)
}

/** A base URL as a field of a configuration; what comes out has no trailing slash. */
export function baseUrlField(port: 'inside' | 'apart') {
  return z
    .string()
    .max(2048)
    .check((check) => {
      const result = checkBaseUrl(check.value, port)
      if (!result.ok) check.issues.push(ownIssue(result.problem, check.value))
    })
    .overwrite((text) => {
      const result = checkBaseUrl(text, port)
      return result.ok ? result.url : text
    })
    .meta({ format: 'url' })
}
