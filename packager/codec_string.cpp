#include "packager/codec_string.hpp"

#include "schema/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace lazulite::packager {
namespace {

// ISO/IEC 14496-15 Annex E.3: profile space and idc, compatibility flags in reverse bit order, tier and level, and the
// constraint bytes up to the last that is not zero.
std::string hevc_string(const TrackInfo& info) {
  const auto& record = info.codec_config;
  if (record.size() < 13) return info.sample_entry;
  const unsigned space = record[1] >> 6U;
  std::uint32_t reversed = 0;
  for (std::size_t i = 0; i < 32; ++i) reversed |= (record[2 + i / 8] >> (7 - i % 8) & 1U) << i;
  std::string text = fmt::format("{}.{}{}.{:X}.{}{}", info.sample_entry,
                                 space == 0 ? "" : std::string(1, static_cast<char>('A' + space - 1)), record[1] & 31U,
                                 reversed, (record[1] & 0x20U) != 0 ? 'H' : 'L', record[12]);
  std::size_t end = 12;
  while (end > 6 && record[end - 1] == 0) --end;
  for (std::size_t i = 6; i < end; ++i) text += fmt::format(".{:X}", record[i]);
  return text;
}

std::string avc_string(const TrackInfo& info, HexCase hex_case) {
  const auto& record = info.codec_config;
  if (record.size() < 4) return info.sample_entry;
  const std::string digits = to_hex(std::span(record).subspan(1, 3));
  return info.sample_entry + "." + (hex_case == HexCase::kUpper ? to_upper(digits) : digits);
}

// ISO 639-2 to 639-1, terminological and bibliographic codes alike, for the languages that have both.
constexpr std::pair<std::string_view, std::string_view> kShortCodes[] = {
    {"afr", "af"}, {"alb", "sq"}, {"amh", "am"}, {"ara", "ar"}, {"arm", "hy"}, {"aze", "az"}, {"baq", "eu"},
    {"bel", "be"}, {"ben", "bn"}, {"bos", "bs"}, {"bul", "bg"}, {"bur", "my"}, {"cat", "ca"}, {"ces", "cs"},
    {"chi", "zh"}, {"cym", "cy"}, {"cze", "cs"}, {"dan", "da"}, {"deu", "de"}, {"dut", "nl"}, {"ell", "el"},
    {"eng", "en"}, {"est", "et"}, {"eus", "eu"}, {"fas", "fa"}, {"fin", "fi"}, {"fra", "fr"}, {"fre", "fr"},
    {"geo", "ka"}, {"ger", "de"}, {"gle", "ga"}, {"glg", "gl"}, {"gre", "el"}, {"guj", "gu"}, {"heb", "he"},
    {"hin", "hi"}, {"hrv", "hr"}, {"hun", "hu"}, {"hye", "hy"}, {"ice", "is"}, {"ind", "id"}, {"isl", "is"},
    {"ita", "it"}, {"jpn", "ja"}, {"kan", "kn"}, {"kat", "ka"}, {"kaz", "kk"}, {"khm", "km"}, {"kor", "ko"},
    {"lao", "lo"}, {"lav", "lv"}, {"lit", "lt"}, {"mac", "mk"}, {"mal", "ml"}, {"mar", "mr"}, {"may", "ms"},
    {"mkd", "mk"}, {"mlt", "mt"}, {"mon", "mn"}, {"msa", "ms"}, {"mya", "my"}, {"nep", "ne"}, {"nld", "nl"},
    {"nno", "nn"}, {"nob", "nb"}, {"nor", "no"}, {"pan", "pa"}, {"per", "fa"}, {"pol", "pl"}, {"por", "pt"},
    {"ron", "ro"}, {"rum", "ro"}, {"rus", "ru"}, {"sin", "si"}, {"slk", "sk"}, {"slo", "sk"}, {"slv", "sl"},
    {"spa", "es"}, {"sqi", "sq"}, {"srp", "sr"}, {"swa", "sw"}, {"swe", "sv"}, {"tam", "ta"}, {"tel", "te"},
    {"tgl", "tl"}, {"tha", "th"}, {"tur", "tr"}, {"ukr", "uk"}, {"urd", "ur"}, {"uzb", "uz"}, {"vie", "vi"},
    {"wel", "cy"}, {"zho", "zh"}, {"zul", "zu"},
};

}  // namespace

std::string codec_string(const TrackInfo& info, HexCase hex_case) {
  switch (info.codec) {
    case Codec::kH264:
      return avc_string(info, hex_case);
    case Codec::kHevc:
      return hevc_string(info);
    case Codec::kAac:
      return fmt::format("mp4a.40.{}", info.audio_object_type);
    case Codec::kAc3:
      return "ac-3";
    case Codec::kEac3:
      return "ec-3";
    case Codec::kTtml:
      return "stpp.ttml.im1t";
  }
  return info.sample_entry;
}

std::string short_language(std::string_view language) {
  std::string code = to_lower(language);
  const auto found = std::find_if(std::begin(kShortCodes), std::end(kShortCodes),
                                  [&code](const auto& entry) { return entry.first == code; });
  return found == std::end(kShortCodes) ? code : std::string(found->second);
}

}  // namespace lazulite::packager
