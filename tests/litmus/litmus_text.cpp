#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>

#include "tests/litmus/litmus.hpp"

namespace tenthrule::test {

namespace {

struct order_name {
    std::string_view text;
    std::memory_order order;
};
constexpr std::array order_names = {
    order_name{"rlx", std::memory_order_relaxed}, order_name{"acq", std::memory_order_acquire},
    order_name{"rel", std::memory_order_release}, order_name{"ar", std::memory_order_acq_rel},
    order_name{"sc", std::memory_order_seq_cst},
};

class litmus_parser {
public:
    explicit litmus_parser(std::string_view text) : text_(text) {}

    litmus parse() {
        std::string names;
        for (const char c : text_) {
            if (c >= 't' && c <= 'z' && names.find(c) == std::string::npos) names.push_back(c);
        }
        std::sort(names.begin(), names.end());
        names_ = names;
        litmus test;
        test.locations = static_cast<unsigned>(names.size());
        test.threads.emplace_back();
        for (;;) {
            test.threads.back().push_back(parse_instruction());
            if (at_end()) return test;
            if (take('|')) {
                test.threads.emplace_back();
            } else {
                expect(';');
            }
        }
    }

private:
    bool at_end() {
        skip();
        return text_.empty();
    }
    void skip() {
        while (!text_.empty() && text_.front() == ' ') {
            text_.remove_prefix(1);
        }
    }
    bool take(char c) {
        skip();
        if (text_.empty() || text_.front() != c) return false;
        text_.remove_prefix(1);
        return true;
    }
    void expect(char c) {
        if (!take(c)) {
            throw std::invalid_argument(fmt::format("litmus test: '{}' expected before '{}'", c, text_));
        }
    }
    int number() {
        int n = 0;
        bool any = false;
        for (; !text_.empty() && text_.front() >= '0' && text_.front() <= '9'; text_.remove_prefix(1)) {
            n = 10 * n + (text_.front() - '0');
            any = true;
        }
        if (!any) throw std::invalid_argument("litmus test: number expected");
        return n;
    }
    std::memory_order order() {
        expect('.');
        for (const order_name& o : order_names) {
            if (text_.substr(0, o.text.size()) == o.text) {
                text_.remove_prefix(o.text.size());
                return o.order;
            }
        }
        throw std::invalid_argument(fmt::format("litmus test: order expected before '{}'", text_));
    }
    instruction parse_instruction() {
        instruction i;
        skip();
        if (take('f')) {
            i.what = instruction::kind::fence;
            i.order = order();
            return i;
        }
        const std::size_t location = text_.empty() ? std::string::npos : names_.find(text_.front());
        if (location == std::string::npos) {
            throw std::invalid_argument(fmt::format("litmus test: instruction expected before '{}'", text_));
        }
        i.location = static_cast<unsigned>(location);
        text_.remove_prefix(1);
        if (take('=')) {
            i.what = instruction::kind::store;
            i.value = number();
        } else if (take('+')) {
            i.what = instruction::kind::add;
            i.value = number();
        } else if (take('?')) {
            i.what = instruction::kind::compare;
            i.expected = number();
            expect(':');
            i.value = number();
        }
        i.order = order();
        return i;
    }

    std::string_view text_;
    std::string names_;
};

}  // namespace

litmus parse_litmus(std::string_view text) {
    return litmus_parser(text).parse();
}

std::string to_text(const litmus& test) {
    std::string text;
    for (const std::vector<instruction>& thread : test.threads) {
        text += text.empty() ? "" : " | ";
        for (std::size_t n = 0; n < thread.size(); ++n) {
            const instruction& i = thread[n];
            text += n == 0 ? "" : "; ";
            const unsigned first = test.locations <= 3 ? 'x' : 'z' + 1U - test.locations;
            const char name = static_cast<char>(first + i.location);
            switch (i.what) {
                case instruction::kind::load:
                    text += fmt::format("{}", name);
                    break;
                case instruction::kind::store:
                    text += fmt::format("{}={}", name, i.value);
                    break;
                case instruction::kind::add:
                    text += fmt::format("{}+{}", name, i.value);
                    break;
                case instruction::kind::compare:
                    text += fmt::format("{}?{}:{}", name, i.expected, i.value);
                    break;
                case instruction::kind::fence:
                    text += "f";
                    break;
            }
            const auto* const order = std::find_if(order_names.begin(), order_names.end(),
                                                   [&](const order_name& o) { return o.order == i.order; });
            text += fmt::format(".{}", order->text);
        }
    }
    return text;
}

std::string to_text(const outcomes& all) {
    std::string text;
    for (const outcome& o : all) {
        text += text.empty() ? "" : " ";
        for (std::size_t i = 0; i < o.size(); ++i) {
            text += fmt::format("{}{}", i == 0 ? "" : ",", o[i]);
        }
    }
    return text;
}

}  // namespace tenthrule::test
