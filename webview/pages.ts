import * as l10n from '@vscode/l10n'
import type { ComponentType } from 'preact'
import type { PageId } from '../protocol/page.ts'
import type { PageProps } from './state/pageContext.ts'

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
  models: {
    title: () => l10n.t('Models'),
    load: async () => (await import('./pages/models/modelsPage.tsx')).ModelsPage,
  },
  routes: {
    title: () => l10n.t('Task routes'),
    load: async () => (await import('./pages/routes/routesPage.tsx')).RoutesPage,
  },
  categories: {
    title: () => l10n.t('Categories'),
    load: async () => (await import('./pages/categories/categoriesPage.tsx')).CategoriesPage,
  },
  criteria: {
    title: () => l10n.t('Criteria'),
    load: async () => (await import('./pages/criteria/criteriaPage.tsx')).CriteriaPage,
  },
  prompts: {
    title: () => l10n.t('Interests and prompts'),
    load: async () => (await import('./pages/prompts/promptsPage.tsx')).PromptsPage,
  },
  knowledge: {
    title: () => l10n.t('Knowledge bases'),
    load: async () => (await import('./pages/knowledge/knowledgePage.tsx')).KnowledgePage,
  },
  usage: {
    title: () => l10n.t('Usage'),
    load: async () => (await import('./pages/usage/usagePage.tsx')).UsagePage,
  },
  audit: {
    title: () => l10n.t('Audit'),
    load: async () => (await import('./pages/audit/auditPage.tsx')).AuditPage,
  },
}
