import { l10n } from 'vscode'
import { tellNumber } from './language.ts'

/** How long ago an instant was, as people say it. A clock that runs behind counts as now. */
export function tellAge(instant: string, now: number): string {
  const seconds = Math.max(0, Math.floor((now - Date.parse(instant)) / 1000))
  if (seconds < 60) return l10n.t('just now')
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return l10n.t('{0} min ago', minutes)
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return l10n.t('{0} h ago', hours)
  const days = Math.floor(hours / 24)
  return days === 1 ? l10n.t('yesterday') : l10n.t('{0} days ago', tellNumber(days))
}

/** A duration as people say it: milliseconds under a second, then seconds with one decimal, then minutes. */
export function tellDuration(milliseconds: number): string {
  if (milliseconds < 1) return l10n.t('under 1 ms')
  if (milliseconds < 1000) return l10n.t('{0} ms', Math.round(milliseconds))
  if (milliseconds < 60_000) return l10n.t('{0} s', tellNumber(milliseconds / 1000, { least: 1 }))
  return l10n.t('{0} min', Math.round(milliseconds / 60_000))
}
