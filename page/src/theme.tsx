import { useLayoutEffect, useState } from "preact/hooks";

type Theme = "auto" | "light" | "dark";
const order: Theme[] = ["auto", "light", "dark"];
const place = "tenthrule-theme";

// A page from disk may have no storage.
function remembered(): Theme {
  try {
    const value = localStorage.getItem(place);
    return order.find((theme) => theme === value) ?? "auto";
  } catch {
    return "auto";
  }
}

export function ThemeToggle() {
  const [theme, set_theme] = useState<Theme>(remembered);
  useLayoutEffect(() => {
    if (theme === "auto") {
      delete document.documentElement.dataset["theme"];
    } else {
      document.documentElement.dataset["theme"] = theme;
    }
    try {
      localStorage.setItem(place, theme);
    } catch {
      // It is then remembered until the page is closed.
    }
  }, [theme]);
  const next = order[(order.indexOf(theme) + 1) % order.length] as Theme;
  return (
    <button type="button" class="theme" onClick={() => set_theme(next)}>
      Colours: {theme === "auto" ? "as the system" : theme}
    </button>
  );
}
