import * as l10n from '@vscode/l10n'
import type { ComponentType } from 'preact'
import type { PageId } from '../protocol/page.ts'

export interface PageProps {
  /** What of the page is wanted, such as a provider's name; null: nothing in particular. New with each wish. */
  wish: { target: string } | null
}

export interface PageRow {
  title(): string
  /** Each page is a file of its own, read when it is first shown. */
  load(): Promise<ComponentType<PageProps>>
}

/** The pages by the ids of the contract: one row each. */
export const pages: Record<PageId, PageRow> = {
  providers: {
    title: () => l10n.t('Providers'),
    load: async () => (await import('./pages/providers/providersPage.tsx')).ProvidersPage,
  },
  categories: {
    title: () => l10n.t('Categories'),
    load: async () => (await import('./pages/categories/categoriesPage.tsx')).CategoriesPage,
  },
  prompts: {
    title: () => l10n.t('Interests and prompts'),
    load: async () => (await import('./pages/prompts/promptsPage.tsx')).PromptsPage,
  },
}
