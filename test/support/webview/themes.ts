import { readFileSync } from 'node:fs'
import path from 'node:path'

export const themeNames = ['dark', 'light', 'contrast'] as const
export type ThemeName = (typeof themeNames)[number]

const folder = path.resolve(import.meta.dirname, '../../fixtures/webview')

const bodyClasses: Record<ThemeName, string> = {
  dark: 'vscode-dark',
  light: 'vscode-light',
  contrast: 'vscode-high-contrast',
}

/**
 * Runs in the page before anything of it and dresses it as the editor does: variables on the root element, the theme's kind on the
 * body. The variables are those that VS Code 1.139 gave a page in Default Dark Modern, Light Modern and High Contrast.
 */
export function themeScript(theme: ThemeName): string {
  const variables = readFileSync(path.join(folder, `${theme}.json`), 'utf8')
  return `
    const dress = () => {
      for (const [name, value] of Object.entries(${variables})) document.documentElement.style.setProperty(name, value)
      document.body.className = '${bodyClasses[theme]}'
      document.body.dataset.vscodeThemeKind = '${theme === 'light' ? 'vscode-light' : theme === 'dark' ? 'vscode-dark' : 'vscode-high-contrast'}'
    }
    new MutationObserver((_, observer) => {
      if (!document.body) return
      observer.disconnect()
      dress()
    }).observe(document, { childList: true, subtree: true })
  `
}
