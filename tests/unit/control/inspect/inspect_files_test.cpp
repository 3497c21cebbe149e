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
        const char* text;
        const char* problem;
    };
    for (const Mistake& mistake : {
             Mistake{"signatures:\n - {name: a, class: scan, pattern: '(' }\n",
                     "s.yaml:2:36: signatures[0].pattern: the pattern does not compile"},
             Mistake{"signatures: [{name: a, class: scan, pattern: 'a*'}]", "does not compile"},
             Mistake{"signatures: [{name: a, class: scan, context: tcp, pattern: "
                     "'(.a.{2,200}){20}'}]",
                     "signatures[0].pattern: the pattern would be hopelessly slow"},
             Mistake{"signatures: [{name: a, class: scan}]", "this would label everything"},
             Mistake{"signatures: [{name: a, class: scan, context: headers}]", "goes with a mark"},
             Mistake{"signatures: [{name: a, class: scan, mark: zmap, literal: x}]",
                     "takes one of"},
             Mistake{"signatures: [{name: A b, class: scan, mark: zmap}]", "a label has up to 64"},
             Mistake{"signatures: [{name: a, class: bad, mark: zmap}]", "class"},
             Mistake{"signatures: [{name: a, class: scan, context: dnss, pattern: x}]",
                     "did you mean dns"},
             Mistake{
                 "signatures: [{name: a, class: scan, mark: zmap}, {name: b, class: scan, mark: "
                 "zmap}]",
                 "stands in line 1 as well"},
             Mistake{
                 "signatures: [{name: a, class: scan, mark: zmap}, {name: a, class: attack, mark: "
                 "mirai}]",
                 "differs from that of"},
             Mistake{"signatures: [{name: a, class: scan, ports: [0], pattern: x}]", "ports"},
             Mistake{"signatures: [{nme: a, class: scan, mark: zmap}]", "did you mean name"},
             Mistake{"signature: []", "did you mean signatures"},
             Mistake{"[[[[", "s.yaml:1"},
             Mistake{"\xff\xfe\0garbage", "s.yaml"},
         }) {
        EXPECT_THAT(signature_problems(mistake.text), Contains(HasSubstr(mistake.problem)))
            << mistake.text;
    }
}

TEST(SignatureFile, a_hundred_thousand_lines_are_refused_at_once) {
    std::string text = "signatures:\n";
    for (int i = 0; i < 100'000; ++i) {
        text += fmt::format(" - {{name: a{}, class: scan, pattern: x}}\n", i);
    }
    EXPECT_THAT(signature_problems(text), Contains(HasSubstr("s.yaml")));
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
}

TEST(SiteFile, what_is_wrong_is_told_with_its_place) {
    EXPECT_THAT(site_problems("sites: [{name: k\xd1\x81na.kp}]"), Contains(HasSubstr("punycode")));
    EXPECT_THAT(site_problems("sites: [{name: a b}]"), Contains(HasSubstr("is no host name")));
    EXPECT_THAT(site_problems("sites: [{name: a..b}]"), Contains(HasSubstr("empty part")));
    EXPECT_THAT(
        site_problems("sites:\n - {name: a.kp}\n - {name: A.kp}\n"),
        ElementsAre("sites.yaml:3:11: sites[1].name: \"a.kp\" stands there already, in line 2"));
    EXPECT_THAT(site_problems("sites: [{country: KP}]"), Contains(HasSubstr("takes a name")));
    EXPECT_THAT(site_problems("sites: [{name: a.kp, country: QQ}]"),
                Contains(HasSubstr("country")));
    EXPECT_THAT(site_problems("sites: [{names_file: /nowhere}]"), Contains(HasSubstr("/nowhere")));
    std::string many = "sites:\n";
    for (int i = 0; i < 501; ++i) {
        many += fmt::format(" - {{name: s{}.kp, export: true}}\n", i);
    }
    EXPECT_THAT(site_problems(many), ElementsAre(HasSubstr("at most 500 sites")));
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
    std::ofstream(folder.file("many.txt")) << "good.example\nbad name\n";
    const auto bad = parse_sites("sites: [{names_file: many.txt}]", path);
    ASSERT_FALSE(bad);
    EXPECT_THAT(bad.error().problems, ElementsAre(HasSubstr("many.txt:2: \"bad name\"")));
}

}  // namespace
}  // namespace lull
