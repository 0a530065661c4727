/**
 * The first import. Style elements that scripts make get the page's nonce: antd writes some (the scroll lock of a drawer, its
 * measuring of scroll bars) without, and the content security policy would refuse them.
 */
const nonce = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce;

if (nonce) {
  const create = document.createElement.bind(document);
  document.createElement = (tag: string, options?: ElementCreationOptions) => {
    const element = create(tag, options);
    if (element instanceof HTMLStyleElement) element.nonce = nonce;
    return element;
  };
}

/** The nonce for antd's own styles. */
export const pageNonce = nonce;
