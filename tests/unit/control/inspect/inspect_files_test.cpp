// signatures.yaml and sites.yaml: good ones, and where bad ones are wrong.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "control/inspect/signature_file.h"
#include "control/inspect/site_file.h"
#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> signature_problems(const std::string& text) {
    const auto file = parse_signatures(text, "s.yaml");
    return file ? std::vector<std::string>{} : file.error().problems;
}
std::vector<std::string> site_problems(const std::string& text) {
    const auto file = parse_sites(text, "sites.yaml");
    return file ? std::vector<std::string>{} : file.error().problems;
}

TEST(SignatureFile, an_entry_becomes_a_signature_with_its_number) {
    const auto file = parse_signatures(
        "signatures:\n"
        "  - {name: a, class: attack, context: dns, pattern: '^x', direction: reply, ports: [53], "
        "min_bytes: 9, reference: RFC 1}\n"
        "  - {name: a, class: attack, context: udp, literal: 'a.b'}\n"
        "  - {name: b, class: scan, mark: zmap}\n",
        "s.yaml");
    ASSERT_TRUE(file) << ::testing::PrintToString(file.error().problems);
    SignatureBook book;
    const auto signatures = book.adopt(*file);
    ASSERT_TRUE(signatures);
    EXPECT_EQ((*signatures)[0].label, LabelId{1});
    EXPECT_EQ((*signatures)[1].label, LabelId{1});
    EXPECT_TRUE((*signatures)[1].literal);
    EXPECT_EQ((*signatures)[2].label, LabelId{2});
    EXPECT_EQ((*signatures)[2].mark, Mark::kZmap);
    EXPECT_EQ((*signatures)[0].toward, Toward::kReply);
    EXPECT_THAT((*signatures)[0].ports, ElementsAre(53));
    EXPECT_EQ(book.entries()[1].reference, "RFC 1");
}

TEST(SignatureFile, a_label_keeps_its_number_over_reloads) {
    const auto one = parse_signatures("signatures: [{name: a, class: scan, mark: zmap}]", "s");
    const auto two = parse_signatures(
        "signatures: [{name: b, class: scan, mark: zmap}, {name: a, class: scan, mark: mirai}]",
        "s");
    SignatureBook book;
    ASSERT_TRUE(book.adopt(*one));
    const auto signatures = book.adopt(*two);
    ASSERT_TRUE(signatures);
    EXPECT_EQ((*signatures)[0].label, LabelId{2});
    EXPECT_EQ((*signatures)[1].label, LabelId{1});
    ASSERT_TRUE(book.adopt(*one));
    EXPECT_FALSE(book.entries()[2].listed);
}

TEST(SignatureFile, what_is_wrong_is_told_with_its_place) {
    struct Mistake {
        const char* entry;  // in line 2, behind "  - "
        const char* problem;
    };
    for (const Mistake& mistake : {
             Mistake{"{name: a, class: scan, pattern: '(' }",
                     "s.yaml:2:37: signatures[0].pattern: the pattern does not compile: Missing "
                     "close parenthesis for group started at index 0"},
             Mistake{"{name: a, class: scan, pattern: 'a*'}",
                     "s.yaml:2:37: signatures[0].pattern: the pattern does not compile: Pattern "
                     "matches empty buffer; use HS_FLAG_ALLOWEMPTY to enable support"},
             Mistake{"{name: a, class: scan, pattern: '(a.{0,30}b.{0,30}c.{0,30}){20}'}",
                     "s.yaml:2:37: signatures[0].pattern: the pattern does not compile: Pattern is "
                     "too large"},
             Mistake{"{name: a, class: scan, pattern: '(.a.{2,200}){20}'}",
                     "s.yaml:2:37: signatures[0].pattern: the pattern would be hopelessly slow"},
             Mistake{"{name: a, class: scan}",
                     "s.yaml:2:5: signatures[0].pattern: is missing: this would label everything"},
             Mistake{"{name: a, class: scan, context: headers}",
                     "s.yaml:2:37: signatures[0].context: headers goes with a mark"},
             Mistake{"{name: a, class: scan, mark: zmap, literal: x}",
                     "s.yaml:2:49: signatures[0].literal: stands beside a mark"},
             Mistake{"{name: a, class: scan, pattern: y, literal: x}",
                     "s.yaml:2:49: signatures[0].literal: stands beside a pattern"},
             Mistake{"{name: a, class: scan, mark: zmap, context: dns}",
                     "s.yaml:2:49: signatures[0].context: goes with no mark"},
             Mistake{"{name: a, class: scan, mark: zmap, ports: [80]}",
                     "s.yaml:2:47: signatures[0].ports: goes with no mark"},
             Mistake{"{name: a, class: scan, mark: zmapp}",
                     "s.yaml:2:34: signatures[0].mark: \"zmapp\": no such word here: did you mean "
                     "zmap?"},
             Mistake{"{name: A b, class: scan, mark: zmap}",
                     "s.yaml:2:12: signatures[0].name: \"A b\": a label has up to 64"},
             Mistake{"{class: scan, mark: zmap}", "s.yaml:2:5: signatures[0].name: is missing"},
             Mistake{"{name: a, class: bad, mark: zmap}",
                     "s.yaml:2:22: signatures[0].class: \"bad\": no such word here"},
             Mistake{"{name: a, class: scan, context: dnss, pattern: x}", "did you mean dns?"},
             Mistake{"{name: a, class: scan, ports: [0], pattern: x}",
                     "s.yaml:2:36: signatures[0].ports[0]: 0 is below 1"},
             Mistake{"{name: a, class: scan, min_bytes: 65536, pattern: x}",
                     "s.yaml:2:39: signatures[0].min_bytes: 65536 is above 65535 bytes"},
             Mistake{"{name: a, class: scan, literal: ''}",
                     "s.yaml:2:37: signatures[0].literal: is empty"},
             Mistake{"{nme: a, class: scan, mark: zmap}",
                     "unknown key \"nme\": did you mean name?"},
             Mistake{"zmap", "s.yaml:2:5: signatures[0]: needs a mapping"},
         }) {
        const auto problems =
            signature_problems(fmt::format("signatures:\n  - {}\n", mistake.entry));
        EXPECT_THAT(problems, Contains(HasSubstr(mistake.problem))) << mistake.entry;
    }
}

TEST(SignatureFile, entries_that_do_not_go_together_name_each_other) {
    EXPECT_THAT(signature_problems("signatures:\n"
                                   "  - {name: a, class: scan, mark: zmap}\n"
                                   "  - {name: b, class: scan, mark: zmap}\n"),
                ElementsAre("s.yaml:3:34: signatures[1].mark: stands in line 2 as well"));
    EXPECT_THAT(
        signature_problems("signatures:\n"
                           "  - {name: a, class: scan, pattern: x}\n"
                           "  - {name: b, class: attack, pattern: y}\n"
                           "  - {name: a, class: attack, pattern: z}\n"),
        ElementsAre("s.yaml:4:22: signatures[2].class: differs from that of \"a\" in line 2"));
}

TEST(SignatureFile, all_problems_are_told_and_none_twice) {
    const auto problems = signature_problems(
        "signatures:\n"
        "  - {name: a, class: scan, pattern: '['}\n"
        "  - {name: b, class: scan, literal: 7, ports: [80, 80]}\n"
        "  - {name: c}\n"
        "  - {name: d, class: scan, pattern: [a]}\n"
        "other: 1\n");
    EXPECT_THAT(problems, ElementsAre(HasSubstr("s.yaml:2:"), HasSubstr("s.yaml:3:"),
                                      HasSubstr("s.yaml:4:5: signatures[2].class: is missing"),
                                      HasSubstr("s.yaml:4:5: signatures[2].pattern: is missing"),
                                      HasSubstr("s.yaml:5:37: signatures[3].pattern: is a list"),
                                      HasSubstr("s.yaml:6:1: unknown key \"other\"")));
}

TEST(SignatureFile, a_context_may_stand_without_a_pattern) {
    const auto file =
        parse_signatures("signatures: [{name: a, class: service, context: tls}]", "s");
    ASSERT_TRUE(file);
    EXPECT_TRUE(file->signatures[0].signature.pattern.empty());
    EXPECT_EQ(file->signatures[0].signature.context, Context::kTls);
    EXPECT_TRUE(parse_signatures("", "s")->signatures.empty());
    EXPECT_TRUE(parse_signatures("signatures:\n", "s")->signatures.empty());
}

TEST(SignatureFile, garbage_is_refused) {
    for (const std::string& text :
         {std::string("[[[["), std::string("\xff\xfe\0garbage", 10), std::string("signature: []"),
          std::string("signatures: {}"), std::string("- a\n- b\n"), std::string(4096, '\x01'),
          std::string(100'000, '['), std::string(2u << 20, 'a')}) {
        EXPECT_THAT(signature_problems(text), Contains(HasSubstr("s.yaml"))) << text.substr(0, 40);
    }
}

TEST(SignatureFile, a_hundred_thousand_lines_are_refused_at_once) {
    std::string entries = "signatures:\n", lines, bad = "signatures:\n";
    for (int i = 0; i < 100'000; ++i) {
        entries += fmt::format(" - {{name: a{}, class: scan, pattern: x, ports: [80]}}\n", i);
        lines += "noise:\n";
        bad += " - {}\n";
    }
    EXPECT_THAT(signature_problems(entries), ElementsAre(HasSubstr("larger than 4194304 bytes")));
    EXPECT_THAT(signature_problems(lines), ::testing::Not(::testing::IsEmpty()));
    EXPECT_THAT(signature_problems(bad),
                ElementsAre("s.yaml:2:2: signatures: 100000 entries: at most 4096 fit here"));
}

TEST(SignatureFile, more_labels_than_there_are_numbers_are_refused) {
    const auto labels = [](std::size_t count) {
        std::string text = "signatures:\n";
        for (std::size_t i = 0; i < count; ++i) {
            text += fmt::format(" - {{name: a{}, class: service, context: tls}}\n", i);
        }
        return text;
    };
    const auto most = parse_signatures(labels(kMaxLabels - 1), "s.yaml");
    ASSERT_TRUE(most);
    EXPECT_THAT(signature_problems(labels(kMaxLabels + 5)),
                ElementsAre("s.yaml:1025:11: signatures[1023].name: is one label too many: at "
                            "most 1023 are taken"));
    SignatureBook book;
    ASSERT_TRUE(book.adopt(*most));
    const auto another = parse_signatures("signatures: [{name: b, class: scan, mark: zmap}]", "s");
    EXPECT_FALSE(book.adopt(*another)) << "there is no number left in this process";
    EXPECT_EQ(book.entries().size(), kMaxLabels);
    EXPECT_TRUE(book.entries()[1].listed) << "the book is as before";
}

TEST(SiteFile, names_are_lower_case_and_may_stand_for_all_below_them) {
    const auto file = parse_sites(
        "sites:\n"
        "  - {name: .KCNA.kp, country: KP, note: news, export: true}\n"
        "  - {name: www.kcna.kp., site: kcna.kp}\n"
        "  - {name: '*.rodong.rep.kp'}\n",
        "sites.yaml");
    ASSERT_TRUE(file) << ::testing::PrintToString(file.error().problems);
    SiteBook book;
    const auto names = book.adopt(*file);
    ASSERT_TRUE(names);
    ASSERT_EQ(names->size(), 3U);
    EXPECT_EQ((*names)[0].name, "kcna.kp");
    EXPECT_TRUE((*names)[0].with_subdomains);
    EXPECT_EQ((*names)[1].site, (*names)[0].site);
    EXPECT_EQ((*names)[2].name, "rodong.rep.kp");
    EXPECT_EQ(book.entries()[2].name, "rodong.rep.kp");
    EXPECT_TRUE(book.entries()[1].exported);
    EXPECT_EQ(book.entries()[1].country, "KP") << "its second name says nothing of that";
    EXPECT_EQ(book.entries()[1].note, "news");
}

TEST(SiteFile, what_is_wrong_is_told_with_its_place) {
    EXPECT_THAT(site_problems("sites: [{name: k\xd1\x81na.kp}]"), Contains(HasSubstr("punycode")));
    EXPECT_THAT(site_problems("sites: [{name: a b}]"), Contains(HasSubstr("is no host name")));
    EXPECT_THAT(site_problems("sites: [{name: a..b}]"), Contains(HasSubstr("empty part")));
    EXPECT_THAT(
        site_problems("sites:\n - {name: a.kp}\n - {name: A.kp}\n"),
        ElementsAre("sites.yaml:3:11: sites[1].name: \"a.kp\" stands there already, in line 2"));
    EXPECT_THAT(site_problems("sites: [{country: KP}]"),
                ElementsAre(HasSubstr("sites[0].name: is missing")));
    EXPECT_THAT(site_problems("sites: [{name: a.kp, names_file: b}]"),
                ElementsAre(HasSubstr("stands beside a names_file")));
    EXPECT_THAT(site_problems(fmt::format("sites: [{{name: {}.kp}}]", std::string(64, 'l'))),
                ElementsAre(HasSubstr("at most 63 bytes")));
    EXPECT_THAT(
        site_problems("sites:\n"
                      " - {name: a.kp, site: s, country: KP}\n"
                      " - {name: b.kp, site: s, country: KR}\n"),
        ElementsAre("sites.yaml:3:35: sites[1].country: \"s\" is in KP by line 2: a site has "
                    "one country"));
    EXPECT_THAT(site_problems("sites: [{name: a.kp, country: QQ}]"),
                Contains(HasSubstr("country")));
    EXPECT_THAT(site_problems("sites: [{names_file: /nowhere}]"), Contains(HasSubstr("/nowhere")));
    std::string many = "sites:\n";
    for (int i = 0; i < 501; ++i) {
        many += fmt::format(" - {{name: s{}.kp, export: true}}\n", i);
    }
    EXPECT_THAT(site_problems(many), ElementsAre(HasSubstr("at most 500 sites")));
}

TEST(SiteFile, a_site_keeps_its_number_over_reloads) {
    SiteBook book;
    ASSERT_TRUE(book.adopt(*parse_sites("sites: [{name: a.kp, export: true}, {name: b.kp}]", "s")));
    const auto names = book.adopt(*parse_sites("sites: [{name: c.kp}, {name: b.kp}]", "s"));
    ASSERT_TRUE(names);
    EXPECT_EQ((*names)[0].site, SiteId{3});
    EXPECT_EQ((*names)[1].site, SiteId{2});
    EXPECT_EQ(book.entries()[1].name, "a.kp");
    EXPECT_FALSE(book.entries()[1].listed);
    EXPECT_TRUE(book.entries()[2].listed);
    ASSERT_TRUE(book.adopt(*parse_sites("sites: [{name: a.kp}]", "s")));
    EXPECT_TRUE(book.entries()[1].listed);
    EXPECT_FALSE(book.entries()[1].exported) << "what the file says now";
}

TEST(SiteFile, a_list_of_fifty_thousand_names_stands_beside_it) {
    TemporaryFolder folder;
    {
        std::ofstream list(folder.file("many.txt"));
        list << "# popular ones\n\n";
        for (int i = 0; i < 50'000; ++i) {
            list << "site" << i << ".example\n";
        }
    }
    const std::string path = folder.file("sites.yaml");
    const auto file = parse_sites("sites: [{names_file: many.txt}]", path);
    ASSERT_TRUE(file) << ::testing::PrintToString(file.error().problems);
    EXPECT_EQ(file->names.size(), 50'000U);
    SiteBook book;
    EXPECT_EQ(book.adopt(*file)->size(), 50'000U);
}

TEST(SiteFile, problems_of_a_list_name_its_own_lines) {
    TemporaryFolder folder;
    const std::string path = folder.file("sites.yaml"), list = folder.file("many.txt");
    const auto problems = [&](const std::string& text) {
        std::ofstream(list) << text;
        const auto file = parse_sites("sites:\n - {names_file: many.txt}\n", path);
        return file ? std::vector<std::string>{} : file.error().problems;
    };
    EXPECT_THAT(problems("good.example # a remark\r\n\t .below.example \n# only a remark\n"),
                ::testing::IsEmpty());
    EXPECT_THAT(problems("good.example\nbad name\ngood.example\n"),
                ElementsAre(path + ":2:17: sites[0].names_file: " + list +
                                ":2: \"bad name\": is no host name: a-z, 0-9, '-', '_' and dots",
                            path + ":2:17: sites[0].names_file: " + list +
                                ":3: \"good.example\" stands there already, in " + list + ":1"));
    std::string many;
    for (std::size_t i = 0; i <= kMaxSites; ++i) {
        many += fmt::format("s{}.kp\n", i);
    }
    EXPECT_THAT(problems(many), ElementsAre(HasSubstr("many.txt:65536: one name too many")));
    EXPECT_THAT(problems(std::string(200'000, '?') + "\n"), ElementsAre(HasSubstr("a name has")));
    std::string noise;
    for (int i = 0; i < 100'000; ++i) {
        noise += "!\n";
    }
    EXPECT_THAT(problems(noise), ::testing::SizeIs(21)) << "twenty, and that it ends there";
}

}  // namespace
}  // namespace lull
